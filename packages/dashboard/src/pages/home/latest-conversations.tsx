import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { Section } from '../../ui/page.js';
import { Status } from '../../ui/status.js';
import { Ago } from '../../ui/time.js';

const MAX_SHOWN = 5;

/** What agents were asked lately. Says nothing where they were asked nothing. */
export function LatestConversations() {
  const list = useQuery({
    queryKey: ['sessions', 'latest'],
    queryFn: ({ signal }) => carrel.sessions.list({ limit: MAX_SHOWN }, { signal }).page(),
  });
  const sessions = list.data?.data ?? [];
  if (sessions.length === 0) return null;
  return (
    <Section
      title="Latest conversations"
      actions={
        <Link to="/conversations" className="text-sm text-accent hover:underline">
          All
        </Link>
      }
    >
      <ul className="overflow-hidden rounded-lg border border-line bg-panel">
        {sessions.map(({ sessionId, firstTask, endUserId, latestStatus, latestUpdatedAt, turnCount }) => (
          <li key={sessionId} className="border-b border-line last:border-0">
            <Link
              to="/conversations/$sessionId"
              params={{ sessionId }}
              className="flex items-center justify-between gap-4 px-4 py-2.5 text-sm hover:bg-raised"
            >
              <span className="min-w-0">
                <span className="block truncate font-medium">{firstTask}</span>
                <span className="block truncate text-xs text-soft">
                  {endUserId} · {turnCount === 1 ? '1 turn' : `${turnCount} turns`} · <Ago at={latestUpdatedAt} />
                </span>
              </span>
              <Status value={latestStatus} />
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
