import type { Identity } from '@carrel/protocol';
import type { PreparedBrowser, Wish } from './prepared-browser.js';

/** Claims that come within this long of each other have to be served from what is ready. */
const BURST_MS = 1_000;
/** What was asked for before this long is forgotten. */
const MEMORY_MS = 5 * 60_000;
/** Nobody asks for more than this at once that a pool could be ready for. */
const MAX_CLAIMS_REMEMBERED = 1_000;
/** Sorts of browsers that are remembered: whoever wishes for another one each time is to make nobody's claim slower. */
const MAX_SORTS = 100;

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

  /** When one was last asked for, in ms; 0: never, or forgotten. */
  get lastClaimedAt(): number {
    return this.#claimedAt.at(-1) ?? 0;
  }

  /**
   * Takes one out of those that are ready, or of those that are starting: the first of those that need not be changed, or else of those that
   * can be. The others stay for somebody else.
   */
  nextFor({ timezone }: Identity, of: PreparedBrowser[]): PreparedBrowser | undefined {
    const next = of.find((prepared) => prepared.timezone === timezone) ?? of.find(({ canMove }) => canMove);
    if (next !== undefined) of.splice(of.indexOf(next), 1);
    return next;
  }

  /** Somebody asked for one. @param now in ms, of a clock that never goes back */
  noteClaim(now: number): void {
    this.#claimedAt.push(now);
    if (this.#claimedAt.length > MAX_CLAIMS_REMEMBERED) this.#claimedAt.shift();
  }

  /** Whether somebody asked for one in the last five minutes. */
  wasAskedFor(now: number): boolean {
    return this.#claimedAt.length > 0 && now - this.lastClaimedAt <= MEMORY_MS;
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

/** The shelves of a pool: one for each sort of browsers that somebody asked for lately. */
export class Shelves {
  readonly #byKey = new Map<string, Shelf>();

  /** That of a sort; a new one, if nobody asked for it lately. */
  of(key: string, make: () => Shelf): Shelf {
    const shelf = this.#byKey.get(key) ?? make();
    this.#byKey.set(key, shelf);
    return shelf;
  }

  all(): Shelf[] {
    return [...this.#byKey.values()];
  }

  /**
   * All, those first that were asked for last. Empty ones are forgotten that nobody asked for lately, and of the others those that were asked
   * for longest ago, when there are too many.
   */
  byRecency(now: number): Shelf[] {
    const entries = [...this.#byKey].sort(([, a], [, b]) => b.lastClaimedAt - a.lastClaimedAt);
    for (const [index, [key, shelf]] of entries.entries()) {
      const isEmpty = shelf.size === 0 && shelf.minimum === 0;
      if (isEmpty && (index >= MAX_SORTS || !shelf.wasAskedFor(now))) this.#byKey.delete(key);
    }
    return entries.filter(([key]) => this.#byKey.has(key)).map(([, shelf]) => shelf);
  }
}
