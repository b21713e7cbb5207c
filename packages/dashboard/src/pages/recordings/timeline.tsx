import type { RecordingLine } from '@carrel/sdk';
import { Empty } from '../../ui/states.js';
import { lineText } from './line-text.js';
import { formatPosition } from './position.js';

interface TimelineProps {
  lines: readonly RecordingLine[];
  atMs: number;
  onSeek: (atMs: number) => void;
}

/** What happened, each line a way to its moment. */
export function Timeline({ lines, atMs, onSeek }: TimelineProps) {
  if (lines.length === 0) return <Empty title="Nothing with that text" />;
  const current = lines.findLast((line) => line.atMs <= atMs)?.id;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section aria-label="Timeline" tabIndex={0} className="max-h-[70dvh] overflow-y-auto rounded-lg border border-line bg-panel">
      <ol>
        {lines.map((line) => {
          const { id, atMs: lineAtMs, type } = line;
          return (
            <li key={id} className="border-b border-line last:border-0">
              <button
                type="button"
                aria-current={id === current ? 'step' : undefined}
                onClick={() => onSeek(lineAtMs)}
                className={`grid w-full grid-cols-[auto_minmax(0,1fr)] gap-x-3 px-3 py-1.5 text-left text-sm hover:bg-raised ${id === current ? 'bg-raised' : ''}`}
              >
                <span className="font-mono text-xs text-soft tabular-nums">{formatPosition(lineAtMs)}</span>
                <span className="min-w-0">
                  <span className="font-medium">{type}</span>{' '}
                  <span className="line-clamp-2 font-mono text-xs wrap-anywhere text-soft">{lineText(line)}</span>
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
