/** Calls back when it has run for so long; it can stand still meanwhile. */
export class Stopwatch {
  readonly #onOver: () => void;
  #leftMs: number;
  #startedAtMs: number | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, onOver: () => void) {
    this.#leftMs = ms;
    this.#onOver = onOver;
  }

  start(): void {
    if (this.#startedAtMs !== null) return;
    this.#startedAtMs = performance.now();
    this.#timer = setTimeout(this.#onOver, Math.max(0, this.#leftMs));
  }

  stop(): void {
    if (this.#startedAtMs === null) return;
    clearTimeout(this.#timer);
    this.#leftMs -= performance.now() - this.#startedAtMs;
    this.#startedAtMs = null;
  }
}
