import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { meQuery } from '../../app/queries.js';
import { buttonClass } from '../../ui/button.js';
import { Page, Section } from '../../ui/page.js';
import { ErrorNote, Loading } from '../../ui/states.js';
import { BrowserTile } from './browser-tile.js';
import { CapacityOfProject } from './capacity.js';
import { FirstRun } from './first-run.js';
import { Health } from './health.js';
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
  return (
    <Page
      heading="Home"
      title={me.project.name}
      actions={
        <Link to="/browsers" search={{ open: 'new' }} className={buttonClass('primary')}>
          Open a browser
        </Link>
      }
    >
      <Health />
      <NeedsPerson />
      <CapacityOfProject />
      {isNew && <FirstRun url={me.url} />}
      <Section
        title="Running now"
        actions={
          <Link to="/browsers" search={{ status: 'running' }} className="text-sm text-accent hover:underline">
            All that run
          </Link>
        }
      >
        {running.isPending && <Loading />}
        {running.error && <ErrorNote error={running.error} onRetry={() => void running.refetch()} />}
        {running.data?.data.length === 0 && <p className="text-sm text-soft">No browser is open.</p>}
        {running.data !== undefined && running.data.data.length > 0 && (
          <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(15rem,100%),1fr))] gap-3">
            {running.data.data.map((info) => (
              <li key={info.id} className="min-w-0">
                <BrowserTile info={info} />
              </li>
            ))}
          </ul>
        )}
      </Section>
    </Page>
  );
}
