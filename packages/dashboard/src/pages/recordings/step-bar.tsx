import type { RecordingLine } from '@carrel/sdk';
import { Button } from '../../ui/button.js';
import { lineText } from './line-text.js';

interface StepBarProps {
  /** Of an agent, in their order. */
  steps: readonly RecordingLine[];
  atMs: number;
  onSeek: (atMs: number) => void;
}

/** Goes from step to step of an agent, and says which was the last. */
export function StepBar({ steps, atMs, onSeek }: StepBarProps) {
  const last = steps.findLast((step) => step.atMs <= atMs);
  const before = steps.findLast((step) => step.atMs < (last?.atMs ?? 0));
  const next = steps.find((step) => step.atMs > atMs);
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button disabled={before === undefined} onClick={() => before !== undefined && onSeek(before.atMs)}>
        Previous step
      </Button>
      <Button disabled={next === undefined} onClick={() => next !== undefined && onSeek(next.atMs)}>
        Next step
      </Button>
      <span className="min-w-0 flex-1 basis-48 text-sm wrap-anywhere">{last === undefined ? 'Before its first step' : lineText(last)}</span>
    </div>
  );
}
