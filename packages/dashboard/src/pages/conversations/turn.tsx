import { isTerminal, type Task, type TaskEvent } from '@carrel/sdk';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { carrel } from '../../app/carrel.js';
import { Button } from '../../ui/button.js';
import { ResultView } from '../../ui/json-view.js';
import { useLog } from '../../ui/log.js';
import { Panel } from '../../ui/page.js';
import { ErrorNote, Loading } from '../../ui/states.js';
import { Status } from '../../ui/status.js';
import { Ago, formatDuration } from '../../ui/time.js';
import { RecordingsOf } from './recordings-of.js';
import { Steps } from './steps.js';
import { WaitingTurn } from './waiting-turn.js';

interface TurnProps {
  task: Task;
  onChange: () => unknown;
}

/** One turn: what was asked, what was done, what came of it. */
export function Turn({ task, onChange }: TurnProps) {
  const hasEnded = isTerminal(task);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3">
      <p className="max-w-[85%] justify-self-end rounded-2xl rounded-br-sm bg-accent px-4 py-2.5 text-base whitespace-pre-wrap wrap-anywhere text-on-accent">
        {task.task}
      </p>
      <Panel className="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-2xl rounded-tl-sm">
        <p className="flex flex-wrap items-center justify-between gap-x-3 text-xs text-soft">
          <Status value={task.status} />
          {hasEnded ? formatDuration(task.durationMs) : <Ago at={task.createdAt} />}
        </p>
        <Steps task={task} />
        {!hasEnded && <UnderWay task={task} onChange={onChange} />}
        {task.status === 'completed' && <ResultView value={task.result} />}
        {task.error !== undefined && (
          <div className="rounded-md border border-alert bg-alert-tint px-3 py-2 text-sm">
            <p className="text-alert wrap-anywhere">{task.error}</p>
            {task.errorCode !== undefined && <p className="font-mono text-xs text-soft">{task.errorCode}</p>}
          </div>
        )}
        <RecordingsOf task={task} />
        <About task={task} />
      </Panel>
    </div>
  );
}

/** A turn that goes on: its log is followed, and what it says is read again when it says something. */
function UnderWay({ task, onChange }: TurnProps) {
  const { entries, error } = useLog<TaskEvent>(task.taskId, (signal) => carrel.tasks.events(task.taskId, { follow: true, signal }));
  const last = entries.at(-1);
  const lastId = last?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line of the log is the reason
  useEffect(() => {
    if (lastId !== undefined) void onChange();
  }, [lastId]);
  const cancel = useMutation({ mutationFn: () => carrel.tasks.cancel(task.taskId), onSuccess: onChange });
  const pause = useMutation({ mutationFn: () => carrel.tasks.pause(task.taskId), onSuccess: onChange });
  const failure = error ?? cancel.error ?? pause.error;
  return (
    <>
      {task.status === 'paused' && <WaitingTurn task={task} onChange={onChange} />}
      <div className="flex flex-wrap items-center gap-2">
        {task.status === 'running' && (
          <Button isBusy={pause.isPending} onClick={() => pause.mutate()}>
            Pause
          </Button>
        )}
        <Button look="danger" isBusy={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel
        </Button>
        <span role="status" className="text-xs text-soft">
          {last?.type.replaceAll('.', ' ')}
        </span>
      </div>
      {failure !== undefined && failure !== null && <ErrorNote error={failure} />}
    </>
  );
}

const costText = ({ costUsd, usage }: Task) => {
  const tokens = usage.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
  return [tokens > 0 && `${tokens.toLocaleString('en')} tokens`, costUsd !== null && costUsd > 0 && `$${costUsd.toFixed(4)}`]
    .filter(Boolean)
    .join(', ');
};

/** What else there is to know of a turn; what it knew of those before is asked for when somebody looks. */
function About({ task }: { task: Task }) {
  const context = useQuery({
    queryKey: ['task', task.taskId, 'context'],
    queryFn: ({ signal }) => carrel.tasks.get(task.taskId, { include: 'context' }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: false,
  });
  const known = context.data?.context;
  return (
    <div className="grid gap-2 text-xs text-soft">
      <p className="wrap-anywhere">
        {[task.model, task.totalSteps === 1 ? '1 step' : `${task.totalSteps} steps`, costText(task), task.visitedUrls.join(', ')]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <details onToggle={(event) => event.currentTarget.open && !context.data && void context.refetch()}>
        <summary>What it knew of the turns before</summary>
        {context.isFetching && <Loading rows={1} />}
        {context.error && <ErrorNote error={context.error} />}
        {known && (
          <div className="grid gap-2 pt-2 text-sm text-ink">
            {known.previousContext === null && known.previousError.length === 0 && (
              <p>Nothing: it was the first, or none before it had ended.</p>
            )}
            {known.previousContext !== null && (
              <p className="rounded-md bg-ground p-2 whitespace-pre-wrap wrap-anywhere">{known.previousContext}</p>
            )}
            {known.previousError.map((error) => (
              <p key={error} className="rounded-md bg-alert-tint p-2 wrap-anywhere">
                {error}
              </p>
            ))}
          </div>
        )}
      </details>
    </div>
  );
}
