import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { Section } from '../../ui/page.js';
import { ErrorNote, Loading } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { Ago } from '../../ui/time.js';

const MAX_SHOWN = 20;

/** What else there is of an end user. */
export function OtherConversations({ endUserId, current }: { endUserId: string; current: string }) {
  const list = useQuery({
    queryKey: ['sessions', { endUserId }, 'side'],
    queryFn: ({ signal }) => carrel.sessions.list({ endUserId, limit: MAX_SHOWN }, { signal }).page(),
  });
  return (
    <Section title={`Conversations of ${endUserId}`}>
      {list.isPending && <Loading />}
      {list.error && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      <ul className="grid gap-0.5">
        {list.data?.data.map(({ sessionId, firstTask, latestStatus, latestUpdatedAt }) => (
          <li key={sessionId}>
            <Link
              to="/conversations/$sessionId"
              params={{ sessionId }}
              aria-current={sessionId === current ? 'page' : undefined}
              className={`grid gap-0.5 rounded-md px-2.5 py-1.5 text-sm hover:bg-raised ${sessionId === current ? 'bg-raised' : ''}`}
            >
              <span className={`truncate ${sessionId === current ? 'font-medium' : ''}`}>{firstTask}</span>
              <span className="flex items-center justify-between gap-2 text-xs text-soft">
                <Status value={latestStatus} />
                <Ago at={latestUpdatedAt} />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
