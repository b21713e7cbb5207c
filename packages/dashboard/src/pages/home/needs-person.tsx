import type { Task } from '@carrel/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { Section } from '../../ui/page.js';
import { ErrorNote } from '../../ui/states.js';
import { Ago } from '../../ui/time.js';

const MAX_SESSIONS = 100;

/** The turns that wait for somebody: of the latest conversations, those that are paused. */
async function readWaiting(signal: AbortSignal): Promise<Task[]> {
  const { data } = await carrel.sessions.list({ limit: MAX_SESSIONS }, { signal }).page();
  const paused = data.filter(({ latestStatus }) => latestStatus === 'paused');
  const sessions = await Promise.all(paused.map(({ sessionId }) => carrel.sessions.get(sessionId, { signal })));
  return sessions.flatMap(({ tasks }) => tasks.filter(({ status }) => status === 'paused'));
}

/** What needs a person. Says nothing when nothing does. */
export function NeedsPerson() {
  const waiting = useQuery({ queryKey: ['sessions', 'waiting'], queryFn: ({ signal }) => readWaiting(signal) });
  if (waiting.isError) return <ErrorNote error={waiting.error} onRetry={() => void waiting.refetch()} />;
  if (!waiting.data?.length) return null;
  return (
    <Section title="Needs a person">
      <ul className="grid gap-2">
        {waiting.data.map(({ taskId, sessionId, endUserId, task, waitingFor }) => (
          <li key={taskId}>
            <Link
              to="/conversations/$sessionId"
              params={{ sessionId }}
              className="block rounded-lg border border-line bg-warn-tint px-3 py-2 hover:border-edge"
            >
              <p className="text-sm font-medium wrap-anywhere">{waitingFor?.question ?? 'Paused: resume it when you are ready.'}</p>
              <p className="truncate text-xs text-soft">
                {endUserId} · {task} · <Ago at={waitingFor?.since ?? ''} />
              </p>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
