import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../ui/button.js';
import { SelectField } from '../ui/field.js';
import { carrel } from './carrel.js';
import { useEventsOfProject } from './events.js';
import { PLACES } from './navigation.js';
import { meQuery } from './queries.js';
import { Shortcuts } from './shortcuts.js';
import { chooseTheme, readTheme, THEMES, type Theme } from './theme.js';

const LINK = 'block rounded-md px-2.5 py-1.5 text-sm hover:bg-raised';

function Places({ onGone }: { onGone: () => void }) {
  return (
    <nav aria-label="Places">
      <ul className="grid gap-0.5">
        {PLACES.map(({ to, title }) => (
          <li key={to}>
            <Link
              to={to}
              onClick={onGone}
              activeOptions={{ exact: to === '/' }}
              className={LINK}
              activeProps={{ className: 'bg-raised font-medium', 'aria-current': 'page' }}
              inactiveProps={{ className: 'text-soft' }}
            >
              {title}
            </Link>
          </li>
        ))}
        <li>
          <a href="/docs/" className={`${LINK} text-soft`}>
            API reference
          </a>
        </li>
      </ul>
    </nav>
  );
}

function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(readTheme);
  return (
    <SelectField
      label="Theme"
      isLabelHidden
      value={theme}
      onChange={(event) => {
        const chosen = THEMES.find((one) => one === event.target.value) ?? 'system';
        setTheme(chosen);
        chooseTheme(chosen);
      }}
    >
      {THEMES.map((one) => (
        <option key={one} value={one}>
          {one === 'system' ? 'System theme' : `${one === 'light' ? 'Light' : 'Dark'} theme`}
        </option>
      ))}
    </SelectField>
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
    <Button isBusy={signOut.isPending} onClick={() => signOut.mutate()}>
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
  const place = PLACES.find(({ to }) => (to === '/' ? path === '/' : path.startsWith(to)));
  return (
    <div className="grid min-h-dvh grid-cols-[minmax(0,1fr)] grid-rows-[auto_1fr] lg:grid-cols-[13rem_minmax(0,1fr)] lg:grid-rows-1">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-20 focus:bg-panel focus:p-2">
        Skip to the content
      </a>
      <header className="border-b border-line lg:sticky lg:top-0 lg:flex lg:h-dvh lg:flex-col lg:border-r lg:border-b-0">
        <div className="flex items-center justify-between gap-3 px-4 py-2.5 lg:py-4">
          <div className="min-w-0">
            <p className="truncate text-sm font-semibold">
              Carrel{place && <span className="font-normal text-soft lg:hidden"> / {place.title}</span>}
            </p>
            <p className="hidden truncate text-xs text-soft lg:block" title={me.project.name}>
              {me.project.name}
            </p>
          </div>
          <Button className="lg:hidden" aria-expanded={isOpen} aria-controls="side" onClick={() => setOpen(!isOpen)}>
            Menu
          </Button>
        </div>
        <div id="side" className={`${isOpen ? 'flex' : 'hidden'} flex-1 flex-col justify-between gap-4 overflow-y-auto px-2 pb-3 lg:flex`}>
          <Places onGone={() => setOpen(false)} />
          <div className="grid gap-2 px-1">
            <ThemeSwitch />
            <SignOut />
            <p className="px-1.5 text-xs text-soft">
              {isLive ? '' : 'Not live: connecting again… · '}
              {me.version} · <kbd>?</kbd> for keys
            </p>
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1} className="min-w-0 outline-none">
        <Outlet />
      </main>
      <Shortcuts />
    </div>
  );
}
