const FULL = 0.9;

/** How much of something is used, as a bar beside the words that say it. */
export function Meter({ value, max, isGoodWhenFull = false }: { value: number; max: number; isGoodWhenFull?: boolean }) {
  const share = max > 0 ? Math.min(1, value / max) : 0;
  return (
    <div aria-hidden="true" className="h-1 overflow-hidden rounded-full bg-raised">
      <div
        className={`h-full rounded-full ${share >= FULL && !isGoodWhenFull ? 'bg-alert' : 'bg-accent'}`}
        style={{ width: `${share * 100}%` }}
      />
    </div>
  );
}
