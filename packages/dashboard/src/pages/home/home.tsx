import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { carrel } from '../../app/carrel.js';
import { meQuery } from '../../app/queries.js';
import { buttonClass } from '../../ui/button.js';
import { Page, Section } from '../../ui/page.js';
import { Empty, ErrorNote, Loading } from '../../ui/states.js';
import { BrowserTile } from './browser-tile.js';
import { CapacityOfProject } from './capacity.js';
import { FirstRun } from './first-run.js';
import { FromCode } from './from-code.js';
import { Health } from './health.js';
import { LatestConversations } from './latest-conversations.js';
import { NeedsPerson } from './needs-person.js';

const MAX_TILES = 12;

/** What runs now, what needs a person, and how the server is. Where nothing has run yet, how to begin. */
export function Home() {
  const { data: me } = useSuspenseQuery(meQuery);
  const running = useQuery({
    queryKey: ['browsers', { status: 'running' }, 'tiles'],
    queryFn: ({ signal }) => carrel.browsers.list({ status: 'running', limit: MAX_TILES }, { signal }).page(),
  });
  const any = useQuery({ queryKey: ['browsers', 'any'], queryFn: ({ signal }) => carrel.browsers.list({ limit: 1 }, { signal }).page() });
  const isNew = any.data?.data.length === 0;
  const tiles = running.data?.data ?? [];
  return (
    <Page
      heading="Home"
      title={isNew ? 'Welcome to Carrel' : 'Home'}
      about={<Health url={me.url} />}
      actions={
        !isNew && (
          <Link to="/browsers" search={{ open: 'new' }} className={buttonClass('primary')}>
            <Plus className="size-4" aria-hidden="true" />
            Open a browser
          </Link>
        )
      }
    >
      <NeedsPerson />
      {isNew && <FirstRun account={me} />}
      <CapacityOfProject />
      {!isNew && (
        <>
          <Section
            title="Running now"
            actions={
              tiles.length > 0 && (
                <Link to="/browsers" search={{ status: 'running' }} className="text-sm text-accent hover:underline">
                  All that run
                </Link>
              )
            }
          >
            {running.isPending && <Loading />}
            {running.error && <ErrorNote error={running.error} onRetry={() => void running.refetch()} />}
            {running.data !== undefined && tiles.length === 0 && (
              <Empty title="No browser is open">
                <p>Those that run are shown here as they move, so that you see at a glance what each is doing.</p>
              </Empty>
            )}
            {tiles.length > 0 && (
              <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(18rem,100%),1fr))] gap-4">
                {tiles.map((info) => (
                  <li key={info.id} className="min-w-0">
                    <BrowserTile info={info} />
                  </li>
                ))}
              </ul>
            )}
          </Section>
          <LatestConversations />
          <Section title="From code">
            <FromCode account={me} />
          </Section>
        </>
      )}
    </Page>
  );
}
