import type { Task } from '@carrel/sdk';
import { formatDuration } from '../../ui/time.js';

/** What an agent did, step by step. Open while it works; afterwards the result is what counts. */
export function Steps({ task }: { task: Task }) {
  const { stepSummaries, finishedAt } = task;
  if (stepSummaries.length === 0) return null;
  return (
    <details open={finishedAt === null} className="text-sm">
      <summary className="text-soft">{stepSummaries.length === 1 ? '1 step' : `${stepSummaries.length} steps`}</summary>
      <ol className="mt-2 grid gap-1.5 border-l border-line pl-3">
        {stepSummaries.map(({ n, msg, success, url, durationMs, tools }) => (
          <li key={n} className="grid gap-0.5">
            <p className={`wrap-anywhere ${success ? '' : 'text-alert'}`}>
              <span className="text-soft tabular-nums">{n}. </span>
              {msg}
            </p>
            <p className="truncate text-xs text-soft">{[formatDuration(durationMs), tools.join(', '), url].filter(Boolean).join(' · ')}</p>
          </li>
        ))}
      </ol>
    </details>
  );
}
