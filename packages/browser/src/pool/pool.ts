import { availableParallelism } from 'node:os';
import type { Identity } from '@carrel/protocol';
import type { BrowserLimits } from '../browser-options.js';
import { describeIdentity } from '../identity/index.js';
import type { Isolation } from '../isolation/index.js';
import { PreparedBrowser, type Wish } from './prepared-browser.js';
import { Shelf } from './shelf.js';

const BALANCE_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** What of a launch can be made ahead is made for so many that the pool has no browser for. */
const LAUNCHES_AHEAD = 2;
/** What everybody gets who asks for nothing special. */
const USUAL: Wish = { kind: 'headless-shell', asked: {}, country: null };

export interface BrowserPoolOptions {
  isolation: Isolation;
  limits: BrowserLimits;
  /** How many browsers there may be that nobody has, those that are starting included; 0: no pool. */
  size: number;
  /** Whether the machine has room for one that nobody has asked for yet. */
  mayPrepare: () => boolean;
  /** Told when a browser cannot be prepared; it is tried again. */
  onFailure: (error: unknown) => void;
}

/** A browser that was ready or about to be; or none, and whether such browsers are kept ready at all. */
export type Taken = { prepared: PreparedBrowser; wasReady: boolean } | { prepared: undefined; isKept: boolean };

/**
 * Browsers that are started ahead, at low priority, each for whoever asks next and for nobody after that. It keeps as many as were asked for
 * at once a while ago, of each sort that was asked for: some who one is to pages is settled when Chromium starts.
 */
export class BrowserPool implements AsyncDisposable {
  readonly #options: BrowserPoolOptions;
  readonly #shelves = new Map<string, Shelf>();
  /** Those that are being ended. */
  readonly #ending = new Set<Promise<void>>();
  readonly #maxStarting = Math.max(1, Math.floor(availableParallelism() / 2));
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #ahead: Promise<AsyncDisposable> | undefined;
  #failures = 0;
  #pausedUntil = 0;
  #isClosed = false;

  constructor(options: BrowserPoolOptions) {
    this.#options = options;
    if (options.size === 0) return;
    this.#timer = setInterval(() => this.#balance(), BALANCE_MS).unref();
    this.#ahead = options.isolation.makeAhead(LAUNCHES_AHEAD);
    void this.#shelfOf(USUAL).then(
      () => this.#balance(),
      (error: unknown) => options.onFailure(error), // no Chromium: told again when a browser is opened
    );
  }

  get size(): number {
    return this.#options.size;
  }

  /** How many are ready, and how many start. */
  get counts(): { ready: number; starting: number } {
    let [ready, starting] = [0, 0];
    for (const shelf of this.#shelves.values()) {
      ready += shelf.ready.length;
      starting += shelf.starting.length;
    }
    return { ready, starting };
  }

  /**
   * Takes a browser that is as wished, and answers. It is the caller's from then on: to be claimed, or disposed of.
   * @throws {CarrelError} `identity_contradiction`; `chromium_not_found` or `launch_failed` when there is no Chromium to ask
   */
  async take(wish: Wish): Promise<Taken> {
    const shelf = await this.#shelfOf(wish);
    const now = performance.now();
    const isKept = shelf.wanted(now) > 0;
    shelf.noteClaim(now);
    try {
      for (let next = shelf.ready.shift(); next !== undefined; next = shelf.ready.shift()) {
        if (await next.isHealthy()) return { prepared: next, wasReady: true };
        this.#end(next);
      }
      const started = await this.#nextStarted(shelf);
      return started === undefined ? { prepared: undefined, isKept } : { prepared: started, wasReady: false };
    } finally {
      this.#balance();
    }
  }

  /** Ends all that nobody has, and prepares none from now on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const shelf of this.#shelves.values()) {
      for (const prepared of [...shelf.ready.splice(0), ...shelf.starting.splice(0)]) this.#end(prepared);
    }
    await Promise.all(this.#ending);
    await (await this.#ahead)?.[Symbol.asyncDispose]();
  }

  /** The one that will be ready soonest, sooner than another that would be started now. */
  async #nextStarted(shelf: Shelf): Promise<PreparedBrowser | undefined> {
    const next = shelf.starting.shift();
    if (next === undefined) return undefined;
    try {
      await next.hurry();
      await next.ready;
      return next;
    } catch {
      return undefined; // told where it was started; whoever asked gets another
    }
  }

  async #shelfOf(wish: Wish): Promise<Shelf> {
    const { kind, asked, country = null } = wish;
    const { identity, chromium } = await describeIdentity(this.#options.isolation, kind, { asked, country });
    const key = JSON.stringify([kind, chromium.version, sortOf(identity, wish)]);
    const known = this.#shelves.get(key);
    if (known !== undefined) return known;
    const usual = wish === USUAL || (kind === USUAL.kind && Object.keys(asked).length === 0 && country === null);
    const { geolocation: _, ...settled } = asked;
    const shelf = new Shelf(usual ? USUAL : { ...wish, asked: settled }, usual ? 1 : 0);
    this.#shelves.set(key, shelf);
    return shelf;
  }

  /** Starts those that are missing, and ends those that are too many. */
  #balance(): void {
    if (this.#isClosed || this.size === 0) return;
    const now = performance.now();
    let left = this.size;
    const byRecency = [...this.#shelves.entries()].sort(([, a], [, b]) => b.lastClaimedAt - a.lastClaimedAt);
    for (const [key, shelf] of byRecency) {
      const wanted = Math.min(shelf.wanted(now), left);
      left -= wanted;
      while (shelf.ready.length > 0 && shelf.size > wanted) this.#end(shelf.ready.pop() as PreparedBrowser);
      while (shelf.size < wanted && this.#mayStart(now)) this.#prepare(shelf);
      if (shelf.size === 0 && wanted === 0 && shelf.minimum === 0 && now - shelf.lastClaimedAt > LONGEST_PAUSE_MS) {
        this.#shelves.delete(key);
      }
    }
  }

  #mayStart(now: number): boolean {
    return this.counts.starting < this.#maxStarting && now >= this.#pausedUntil && this.#options.mayPrepare();
  }

  #prepare(shelf: Shelf): void {
    const { isolation, limits, onFailure } = this.#options;
    const prepared = new PreparedBrowser({
      isolation,
      wish: shelf.wish,
      limits,
      onSpoiled: () => {
        if (remove(shelf.ready, prepared)) this.#end(prepared);
        this.#balance();
      },
    });
    shelf.starting.push(prepared);
    void prepared.ready.then(
      () => {
        this.#failures = 0;
        if (remove(shelf.starting, prepared)) shelf.ready.push(prepared);
        this.#balance();
      },
      (error: unknown) => {
        remove(shelf.starting, prepared);
        this.#end(prepared);
        if (this.#isClosed) return;
        this.#pausedUntil = performance.now() + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures++);
        onFailure(error);
      },
    );
  }

  #end(prepared: PreparedBrowser): void {
    const ending = prepared[Symbol.asyncDispose]().catch((error: unknown) => this.#options.onFailure(error));
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }
}

/** What of an identity is settled when a browser starts, and sets them apart: a seed only for whoever names it. */
function sortOf({ seed, geolocation: _, ...identity }: Identity, { asked }: Wish) {
  return asked.seed === undefined ? identity : { ...identity, seed };
}

/** Whether it was in there. */
function remove<T>(list: T[], item: T): boolean {
  const index = list.indexOf(item);
  if (index === -1) return false;
  list.splice(index, 1);
  return true;
}
