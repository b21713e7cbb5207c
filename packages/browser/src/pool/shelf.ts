import type { Identity } from '@carrel/protocol';
import type { PreparedBrowser, Wish } from './prepared-browser.js';

/** Claims that come within this long of each other have to be served from what is ready. */
const BURST_MS = 1_000;
/** What was asked for before this long is forgotten. */
const MEMORY_MS = 5 * 60_000;
/** Nobody asks for more than this at once that a pool could be ready for. */
const MAX_CLAIMS_REMEMBERED = 1_000;

/** Prepared browsers that are as good as each other, and what was asked of them. */
export class Shelf {
  /** What is prepared: all that is on it is as good for its sort, and best for whoever asks for this. */
  wish: Wish;
  /** Those that are kept although nobody asked. */
  readonly minimum: number;
  /** In the order in which they became ready. */
  readonly ready: PreparedBrowser[] = [];
  readonly starting: PreparedBrowser[] = [];
  #claimedAt: number[] = [];

  constructor(wish: Wish, minimum: number) {
    this.wish = wish;
    this.minimum = minimum;
  }

  get size(): number {
    return this.ready.length + this.starting.length;
  }

  /** When one was last asked for, in ms; 0: never. */
  get lastClaimedAt(): number {
    return this.#claimedAt.at(-1) ?? 0;
  }

  /** Takes one off it: the one that was ready first of those that need not be changed, if there is one. */
  nextFor({ timezone }: Identity): PreparedBrowser | undefined {
    const best = this.ready.findIndex((prepared) => prepared.timezone === timezone);
    return this.ready.splice(Math.max(0, best), 1)[0];
  }

  /** Somebody asked for one. @param now in ms, of a clock that never goes back */
  noteClaim(now: number): void {
    this.#claimedAt.push(now);
    if (this.#claimedAt.length > MAX_CLAIMS_REMEMBERED) this.#claimedAt.shift();
  }

  /**
   * How many are to be ready: as many as were asked for within a second, at the busiest moment of the last five minutes. One wish is none:
   * most of the special ones come once.
   */
  wanted(now: number): number {
    this.#claimedAt = this.#claimedAt.filter((at) => now - at <= MEMORY_MS);
    const claims = this.#claimedAt;
    if (claims.length < 2) return this.minimum;
    let busiest = 0;
    let first = 0;
    for (const [index, at] of claims.entries()) {
      while (at - (claims[first] as number) > BURST_MS) first++;
      busiest = Math.max(busiest, index - first + 1);
    }
    return Math.max(this.minimum, busiest);
  }
}
