import * as ToggleGroup from '@radix-ui/react-toggle-group';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { BookOpen, LogOut, type LucideIcon, Menu, Monitor, Moon, Sun, WifiOff, X } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../ui/button.js';
import { carrel } from './carrel.js';
import { useEventsOfProject } from './events.js';
import { Mark } from './mark.js';
import { ALL_PLACES, PLACES } from './navigation.js';
import { meQuery } from './queries.js';
import { Shortcuts } from './shortcuts.js';
import { chooseTheme, readTheme, THEMES, type Theme } from './theme.js';

const LINK = 'flex items-center gap-2.5 rounded-md px-2.5 py-1.5 text-sm hover:bg-raised hover:text-ink';
const ICON = 'size-4 shrink-0';

function Places({ onGone }: { onGone: () => void }) {
  return (
    <nav aria-label="Places" className="grid gap-4">
      {PLACES.map((group) => (
        <ul key={group[0].to} className="grid gap-0.5">
          {group.map(({ to, title, Icon }) => (
            <li key={to}>
              <Link
                to={to}
                onClick={onGone}
                activeOptions={{ exact: to === '/' }}
                className={LINK}
                activeProps={{ className: 'bg-raised font-medium', 'aria-current': 'page' }}
                inactiveProps={{ className: 'text-soft' }}
              >
                <Icon className={ICON} aria-hidden="true" />
                {title}
              </Link>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}

const THEME_LOOKS: Record<Theme, { title: string; Icon: LucideIcon }> = {
  system: { title: 'As the system', Icon: Monitor },
  light: { title: 'Light', Icon: Sun },
  dark: { title: 'Dark', Icon: Moon },
};

function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(readTheme);
  const choose = (value: string) => {
    const chosen = THEMES.find((one) => one === value);
    if (chosen === undefined) return; // the one that is pressed already
    setTheme(chosen);
    chooseTheme(chosen);
  };
  return (
    <ToggleGroup.Root type="single" aria-label="Theme" value={theme} onValueChange={choose} className="flex rounded-md bg-raised p-0.5">
      {THEMES.map((one) => {
        const { title, Icon } = THEME_LOOKS[one];
        return (
          <ToggleGroup.Item
            key={one}
            value={one}
            aria-label={title}
            title={title}
            className="grid h-6 w-8 place-items-center rounded text-soft hover:text-ink data-[state=on]:bg-panel data-[state=on]:text-ink data-[state=on]:shadow-sm"
          >
            <Icon className="size-3.5" aria-hidden="true" />
          </ToggleGroup.Item>
        );
      })}
    </ToggleGroup.Root>
  );
}

function SignOut() {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const signOut = useMutation({
    mutationFn: () => carrel.dashboard.signOut(),
    onSuccess: async () => {
      await navigate({ to: '/sign-in' });
      queryClient.clear();
    },
  });
  return (
    <Button look="quiet" isBusy={signOut.isPending} onClick={() => signOut.mutate()}>
      <LogOut className="size-3.5" aria-hidden="true" />
      Sign out
    </Button>
  );
}

/** What stays round every page: the side bar, the project, and the connection that keeps all of it fresh. */
export function Shell() {
  const { data: me } = useSuspenseQuery(meQuery);
  const [isOpen, setOpen] = useState(false);
  const isLive = useEventsOfProject();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const place = ALL_PLACES.find(({ to }) => (to === '/' ? path === '/' : path.startsWith(to)));
  return (
    <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_1fr] lg:grid-cols-[14rem_minmax(0,1fr)] lg:grid-rows-1">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-20 focus:bg-panel focus:p-2">
        Skip to the content
      </a>
      <header className="sticky top-0 z-10 border-b border-line bg-ground lg:flex lg:h-dvh lg:flex-col lg:border-r lg:border-b-0">
        <div className="flex items-center justify-between gap-3 px-4 py-2.5 lg:py-4">
          <Link to="/" className="flex min-w-0 items-center gap-2.5">
            <Mark />
            <span className="grid min-w-0">
              <span className="truncate text-base leading-tight font-semibold">
                Carrel{place && <span className="font-normal text-soft lg:hidden"> / {place.title}</span>}
              </span>
              <span className="hidden truncate text-xs text-soft lg:block" title={me.project.name}>
                {me.project.name}
              </span>
            </span>
          </Link>
          <Button className="lg:hidden" aria-expanded={isOpen} aria-controls="side" onClick={() => setOpen(!isOpen)}>
            {isOpen ? <X className={ICON} aria-hidden="true" /> : <Menu className={ICON} aria-hidden="true" />}
            Menu
          </Button>
        </div>
        <div
          id="side"
          className={`${isOpen ? 'flex' : 'hidden'} max-h-[calc(100dvh-3.25rem)] flex-1 flex-col justify-between gap-4 overflow-y-auto px-2 pb-3 lg:flex lg:max-h-none`}
        >
          <Places onGone={() => setOpen(false)} />
          <div className="grid gap-2 border-t border-line pt-3">
            <a href="/docs/" className={`${LINK} text-soft`}>
              <BookOpen className={ICON} aria-hidden="true" />
              Documentation
            </a>
            <div className="flex items-center justify-between gap-2 pl-2.5">
              <ThemeSwitch />
              <SignOut />
            </div>
            <p className="px-2.5 text-xs text-soft">
              Version {me.version} · <kbd>?</kbd> for keys
            </p>
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1} className="min-w-0 outline-none">
        {!isLive && (
          <p role="status" className="flex items-center gap-2 border-b border-line bg-warn-tint px-4 py-2 text-sm sm:px-6">
            <WifiOff className={ICON} aria-hidden="true" />
            The server cannot be reached. What is shown may be old; connecting again.
          </p>
        )}
        <Outlet />
      </main>
      <Shortcuts />
    </div>
  );
}
