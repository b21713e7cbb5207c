/** One limit in time over everything that a call does: attempts, waits between them, and reading the answer. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #overdue: () => Error;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #endsAt = Number.POSITIVE_INFINITY;
  readonly #outer: AbortSignal | undefined;
  readonly #onOuterAbort = () => this.#controller.abort(this.#outer?.reason);

  /**
   * @param timeoutMs how long everything may take
   * @param outer the caller's own signal; its reason becomes the reason of ours
   * @param overdue makes the error to abort with when the time is over
   */
  constructor(timeoutMs: number, outer: AbortSignal | undefined, overdue: () => Error) {
    this.#outer = outer;
    this.#overdue = overdue;
    this.restart(timeoutMs);
    if (outer?.aborted) this.#onOuterAbort();
    outer?.addEventListener('abort', this.#onOuterAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get remainingMs(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** Stops the clock, until it is restarted. */
  hold(): void {
    clearTimeout(this.#timer);
    this.#endsAt = Number.POSITIVE_INFINITY;
  }

  /** Counts anew from here. */
  restart(timeoutMs: number): void {
    clearTimeout(this.#timer);
    this.#endsAt = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => this.#controller.abort(this.#overdue()), timeoutMs);
  }

  /** Forgets the timer and the caller's signal, so that neither keeps anything alive. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#onOuterAbort);
  }
}

/**
 * A signal that aborts with whichever of two aborts first, and a way to let go of both. `AbortSignal.any` would do, but in Node 20
 * every signal made by it stays in the memory of a long-lived one.
 */
export function eitherSignal(
  first: AbortSignal | undefined,
  second: AbortSignal | undefined,
): { signal: AbortSignal | undefined; dispose: () => void } {
  if (!first || !second) return { signal: first ?? second, dispose: () => undefined };
  const controller = new AbortController();
  const sources = [first, second];
  const onAbort = () => controller.abort(sources.find((source) => source.aborted)?.reason);
  for (const source of sources) source.addEventListener('abort', onAbort, { once: true });
  if (first.aborted || second.aborted) onAbort();
  const dispose = () => {
    for (const source of sources) source.removeEventListener('abort', onAbort);
  };
  return { signal: controller.signal, dispose };
}

/** Resolves after `delayMs`; rejects with the signal's reason as soon as it aborts. */
export function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
