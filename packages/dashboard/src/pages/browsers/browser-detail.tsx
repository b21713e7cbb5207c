import type { Browser } from '@carrel/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { ConfirmButton } from '../../ui/confirm.js';
import { Id } from '../../ui/copy.js';
import { Page } from '../../ui/page.js';
import { Empty, ErrorNote, Loading, Note } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { Ago } from '../../ui/time.js';
import { About } from './about.js';
import { browserQuery } from './browser-query.js';
import { Console } from './console.js';
import { Cookies } from './cookies.js';
import { Events } from './events.js';
import { Files } from './files.js';
import { LiveLinks } from './live-links.js';
import { LiveView } from './live-view.js';
import { Network } from './network.js';
import { RecordingOf } from './recording-of.js';
import { Resources } from './resources.js';

const route = getRouteApi('/app/browsers/$browserId');

interface View {
  title: string;
  /** It is of the pages that are open, so that there is nothing when the browser has ended. */
  isOfRunning: boolean;
  show: (browser: Browser) => ReactNode;
}

const VIEWS: Record<string, View> = {
  live: { title: 'Live', isOfRunning: true, show: (browser) => <LiveView browserId={browser.id} /> },
  console: { title: 'Console', isOfRunning: true, show: (browser) => <Console browser={browser} /> },
  events: { title: 'Events', isOfRunning: false, show: (browser) => <Events browser={browser} /> },
  network: { title: 'Network', isOfRunning: true, show: (browser) => <Network browser={browser} /> },
  files: { title: 'Files', isOfRunning: true, show: (browser) => <Files browser={browser} /> },
  cookies: { title: 'Cookies', isOfRunning: true, show: (browser) => <Cookies browser={browser} /> },
  links: { title: 'Live links', isOfRunning: true, show: (browser) => <LiveLinks browserId={browser.id} /> },
  recording: { title: 'Recording', isOfRunning: false, show: (browser) => <RecordingOf browserId={browser.id} /> },
  about: { title: 'About', isOfRunning: false, show: (browser) => <About info={browser.info} /> },
};

function Views({ browserId, current }: { browserId: string; current: string }) {
  const strip = useRef<HTMLElement>(null);
  // On a phone the strip is wider than the screen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another one is current then
  useEffect(() => {
    // In newer browsers it returns a promise, which React would take for what ends the effect.
    strip.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [current]);
  return (
    <nav ref={strip} aria-label="Views of the browser" className="-mb-2 flex gap-1 overflow-x-auto border-b border-line">
      {Object.entries(VIEWS).map(([view, { title }]) => (
        <Link
          key={view}
          to="/browsers/$browserId"
          params={{ browserId }}
          search={{ view }}
          aria-current={view === current ? 'page' : undefined}
          className={`border-b-2 px-3 py-2 text-sm whitespace-nowrap ${view === current ? 'border-accent font-medium' : 'border-transparent text-soft hover:text-ink'}`}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}

/** Everything about one browser. */
export function BrowserDetail() {
  const { browserId } = route.useParams();
  const { view } = route.useSearch();
  const queryClient = useQueryClient();
  const query = useQuery(browserQuery(browserId));
  if (query.isPending)
    return (
      <Frame title="Browser">
        <Loading rows={6} />
      </Frame>
    );
  if (query.isError)
    return (
      <Frame title="Browser">
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      </Frame>
    );
  const browser = query.data;
  const { info } = browser;
  const hasEnded = !['starting', 'running', 'closing'].includes(info.status);
  const key = view !== undefined && view in VIEWS ? view : hasEnded ? 'events' : 'live';
  const shown = VIEWS[key] as View;
  const close = async () => {
    try {
      await browser.close();
    } finally {
      await queryClient.invalidateQueries({ queryKey: ['browser', browserId] });
    }
  };
  return (
    <Page
      heading={browserId}
      above={
        <Link to="/browsers" className="hover:underline">
          Browsers
        </Link>
      }
      title={
        <span className="flex flex-wrap items-center gap-x-3">
          <span>Browser</span>
          <span className="text-sm">
            <Status value={info.status} label={info.standby === 'asleep' ? 'asleep' : undefined} />
          </span>
          <Id value={browserId} />
        </span>
      }
      actions={
        <ConfirmButton label="Close" title="Close this browser?" confirm="Close it" disabled={hasEnded} onConfirm={close}>
          {info.profile?.persist ? 'Its state is saved to its profile first. ' : 'Nothing of it is kept. '}
          Whoever drives it is cut off.
        </ConfirmButton>
      }
    >
      {info.warnings.map((warning) => (
        <Note key={warning}>{warning}</Note>
      ))}
      {info.needsHuman && (
        <Note>
          {info.needsHuman.message} It waits until <Ago at={info.needsHuman.expiresAt} />.
        </Note>
      )}
      {info.reason && <Note>{`Ended (${info.reason.code}): ${info.reason.message}`}</Note>}
      {!hasEnded && <Resources browser={browser} />}
      <Views browserId={browserId} current={key} />
      {shown.isOfRunning && hasEnded ? (
        <Empty title="The browser has ended; this went with it.">Its log and, where it was recorded, its recording are still there.</Empty>
      ) : (
        shown.show(browser)
      )}
    </Page>
  );
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Page
      heading={title}
      title={title}
      above={
        <Link to="/browsers" className="hover:underline">
          Browsers
        </Link>
      }
    >
      {children}
    </Page>
  );
}
