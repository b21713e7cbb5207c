import type { BrowserInfo, Task } from '@carrel/sdk';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { carrel } from '../../app/carrel.js';
import { Section } from '../../ui/page.js';
import { ErrorNote } from '../../ui/states.js';
import { Ago } from '../../ui/time.js';

const MAX_LOOKED_AT = 100;

/** The turns that are paused, of the latest conversations. */
async function readTasks(signal: AbortSignal): Promise<Task[]> {
  const { data } = await carrel.sessions.list({ limit: MAX_LOOKED_AT }, { signal }).page();
  const paused = data.filter(({ latestStatus }) => latestStatus === 'paused');
  const sessions = await Promise.all(paused.map(({ sessionId }) => carrel.sessions.get(sessionId, { signal })));
  return sessions.flatMap(({ tasks }) => tasks.filter(({ status }) => status === 'paused'));
}

/** The browsers that wait for somebody. */
async function readBrowsers(signal: AbortSignal): Promise<BrowserInfo[]> {
  const { data } = await carrel.browsers.list({ status: 'running', limit: MAX_LOOKED_AT }, { signal }).page();
  return data.filter(({ needsHuman }) => needsHuman !== null);
}

const CARD = 'block rounded-lg border border-line bg-warn-tint px-3 py-2 hover:border-edge';

function Need({ what, about }: { what: string; about: ReactNode }) {
  return (
    <>
      <p className="text-sm font-medium wrap-anywhere">{what}</p>
      <p className="truncate text-xs text-soft">{about}</p>
    </>
  );
}

const wordsFor = ({ waitingFor }: Task) => {
  if (waitingFor?.reason === 'captcha') return 'A captcha stands in the way.';
  return waitingFor?.question ?? 'Paused: it goes on when you say so.';
};

/** What needs a person. Says nothing when nothing does. */
export function NeedsPerson() {
  const tasks = useQuery({ queryKey: ['sessions', 'waiting'], queryFn: ({ signal }) => readTasks(signal) });
  const browsers = useQuery({ queryKey: ['browsers', 'waiting'], queryFn: ({ signal }) => readBrowsers(signal) });
  const error = tasks.error ?? browsers.error;
  if (error) return <ErrorNote error={error} onRetry={() => void Promise.all([tasks.refetch(), browsers.refetch()])} />;
  // The browser of a turn is shown by the turn.
  const ofTurns = new Set(tasks.data?.map(({ browserId }) => browserId));
  const others = browsers.data?.filter(({ id }) => !ofTurns.has(id)) ?? [];
  // Where a person has control there is one already.
  const waiting = tasks.data?.filter(({ waitingFor }) => waitingFor?.reason !== 'control') ?? [];
  if (others.length + waiting.length === 0) return null;
  return (
    <Section title="Needs a person">
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-2">
        {waiting.map((task) => (
          <li key={task.taskId}>
            <Link to="/conversations/$sessionId" params={{ sessionId: task.sessionId }} className={CARD}>
              <Need
                what={wordsFor(task)}
                about={
                  <>
                    {task.endUserId} · {task.task} · <Ago at={task.waitingFor?.since ?? task.updatedAt} />
                  </>
                }
              />
            </Link>
          </li>
        ))}
        {others.map(({ id, needsHuman, endUserId, createdAt }) => (
          <li key={id}>
            <Link to="/browsers/$browserId" params={{ browserId: id }} search={{ view: 'live' }} className={CARD}>
              <Need
                what={needsHuman?.message ?? ''}
                about={
                  <>
                    {endUserId ?? id} · <Ago at={needsHuman?.since ?? createdAt} />
                  </>
                }
              />
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
