import type { EndReason } from '@carrel/protocol';

/** Node's timers hold no longer delay. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export type TimeLimit = 'idle_timeout' | 'max_duration';

export interface TimeLimitOptions {
  idleTimeoutMs: number;
  maxDurationMs: number;
  /** Called once, when the first of the limits is reached. */
  onLimit: (limit: TimeLimit) => void;
}

/**
 * The two time limits of a browser: without a sign of life from a client, and in all. A call that is being answered is a sign of life for
 * as long as it takes.
 */
export class TimeLimits implements Disposable {
  readonly #startedAt = Date.now();
  readonly #onLimit: (limit: TimeLimit) => void;
  #idleTimeoutMs: number;
  #maxDurationMs: number;
  #lastActivity = Date.now();
  #callsInProgress = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(options: TimeLimitOptions) {
    this.#idleTimeoutMs = options.idleTimeoutMs;
    this.#maxDurationMs = options.maxDurationMs;
    this.#onLimit = options.onLimit;
    this.#arm();
  }

  get idleTimeoutMs(): number {
    return this.#idleTimeoutMs;
  }

  get maxDurationMs(): number {
    return this.#maxDurationMs;
  }

  /** When the maximum duration is over. */
  get expiresAt(): Date {
    return new Date(this.#startedAt + this.#maxDurationMs);
  }

  /** A sign of life. Costs next to nothing: the timer looks at the time when it fires, and is not set anew. */
  touch(): void {
    this.#lastActivity = Date.now();
  }

  /** Runs a call that counts as a sign of life until it is done. */
  async during<T>(call: () => Promise<T>): Promise<T> {
    this.#callsInProgress++;
    try {
      return await call();
    } finally {
      this.#callsInProgress--;
      this.touch();
    }
  }

  /** Changes the limits; the maximum duration counts from the start. */
  change(limits: { idleTimeoutMs?: number; maxDurationMs?: number }): void {
    this.#idleTimeoutMs = limits.idleTimeoutMs ?? this.#idleTimeoutMs;
    this.#maxDurationMs = limits.maxDurationMs ?? this.#maxDurationMs;
    this.touch();
    this.#arm();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    const now = Date.now();
    if (this.#callsInProgress > 0) this.#lastActivity = now;
    const idleLeftMs = this.#lastActivity + this.#idleTimeoutMs - now;
    const leftMs = this.#startedAt + this.#maxDurationMs - now;
    if (idleLeftMs <= 0 || leftMs <= 0) {
      this.#isOver = true;
      this.#onLimit(leftMs <= 0 ? 'max_duration' : 'idle_timeout');
      return;
    }
    this.#timer = setTimeout(() => this.#arm(), Math.min(idleLeftMs, leftMs, MAX_TIMER_MS));
  }
}

/** Why a browser is ended when its time is over. */
export function timeOver(limit: TimeLimit, limits: Pick<TimeLimits, 'idleTimeoutMs' | 'maxDurationMs'>): EndReason {
  return limit === 'idle_timeout'
    ? { code: limit, message: `No client sent anything for ${limits.idleTimeoutMs / 1000} s.` }
    : { code: limit, message: `The maximum duration of ${limits.maxDurationMs / 1000} s was over.` };
}
