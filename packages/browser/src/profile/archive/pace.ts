import { setImmediate } from 'node:timers/promises';

/** How long others may have to wait for their turn. */
const TURN_MS = 2;

/**
 * Small files are read and written with synchronous calls, as they are in memory either way: all calls for one take some 0.02 ms in memory and
 * 0.2 ms on a busy ext4, and through Node's threads four times as long, much of it work of this thread. What does many of them rests in between.
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
