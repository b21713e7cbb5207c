/** The mark: a desk between two walls. The same as `favicon.svg`. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" className="size-7 shrink-0" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="fill-accent" />
      <path d="M9 24V8h3v8h8V8h3v16h-3v-5h-8v5z" className="fill-on-accent" />
    </svg>
  );
}
