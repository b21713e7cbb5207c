/** How a thing is doing, by its kind: the dot has a colour, the word says it. */
const TONES: Record<string, 'good' | 'busy' | 'bad' | 'attention' | 'over'> = {
  running: 'good',
  completed: 'good',
  delivered: 'good',
  enabled: 'good',
  starting: 'busy',
  closing: 'busy',
  pending: 'busy',
  recording: 'busy',
  failed: 'bad',
  timed_out: 'bad',
  paused: 'attention',
  disabled: 'over',
};

const DOTS = { good: 'bg-accent', busy: 'bg-edge motion-safe:animate-pulse', bad: 'bg-alert', attention: 'bg-warn', over: 'bg-edge' };
const WORDS = { good: 'text-ink', busy: 'text-soft', bad: 'text-alert', attention: 'text-warn', over: 'text-soft' };

export function Status({ value, label }: { value: string; label?: string }) {
  const tone = TONES[value] ?? 'over';
  return (
    <span className={`inline-flex items-center gap-1.5 font-normal whitespace-nowrap ${WORDS[tone]}`}>
      <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${DOTS[tone]}`} />
      {label ?? value.replaceAll('_', ' ')}
    </span>
  );
}

/** A small fact. */
export function Tag({ children }: { children: string }) {
  return (
    <span className="inline-block max-w-44 truncate rounded border border-line px-1.5 align-bottom text-xs text-soft">{children}</span>
  );
}
