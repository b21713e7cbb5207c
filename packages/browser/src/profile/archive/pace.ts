import { setImmediate } from 'node:timers/promises';

/** How long others may have to wait for their turn. */
const TURN_MS = 2;

/**
 * Small files are read and written with synchronous calls, as they are in memory either way: each takes some 0.1 ms, and through Node's threads
 * five to ten times as long, of which this thread alone works longer than the call itself takes. What does many of them rests in between.
 */
export class Pace {
  #turnBeganMs = performance.now();

  /** Lets everything else that waits have its turn, when ours has been long enough. */
  async rest(): Promise<void> {
    if (performance.now() - this.#turnBeganMs < TURN_MS) return;
    await setImmediate();
    this.#turnBeganMs = performance.now();
  }
}
