import { availableParallelism } from 'node:os';
import type { Identity } from '@carrel/protocol';
import type { BrowserLimits } from '../browser-options.js';
import { describeIdentity } from '../identity/index.js';
import type { Isolation } from '../isolation/index.js';
import { PreparedBrowser, type Wish } from './prepared-browser.js';
import { Shelf, Shelves } from './shelf.js';

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
  /** Whether the machine needs what those take up that nobody has. */
  mustGiveWay: () => boolean;
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
  readonly #shelves = new Shelves();
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
    void this.#shelfFor(USUAL).then(
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
    for (const shelf of this.#shelves.all()) {
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
    const { shelf, identity } = await this.#shelfFor(wish);
    const now = performance.now();
    const isKept = shelf.wanted(now) > 0;
    shelf.noteClaim(now);
    try {
      const nextReady = () => shelf.nextFor(identity, shelf.ready);
      for (let next = nextReady(); next !== undefined; next = nextReady()) {
        if (await next.isFitFor(identity)) return { prepared: next, wasReady: true };
        this.#end(next);
        if (next.timezone !== identity.timezone) break; // where one could not be moved to, others most likely cannot
      }
      const started = await this.#nextStarted(shelf, identity);
      return started === undefined ? { prepared: undefined, isKept } : { prepared: started, wasReady: false };
    } finally {
      this.#balance();
    }
  }

  /** Ends all that nobody has, and prepares none from now on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const shelf of this.#shelves.all()) {
      for (const prepared of [...shelf.ready.splice(0), ...shelf.starting.splice(0)]) this.#end(prepared);
    }
    await Promise.all(this.#ending);
    await (await this.#ahead)?.[Symbol.asyncDispose]();
  }

  /** The one that will be ready soonest, sooner than another that would be started now. */
  async #nextStarted(shelf: Shelf, identity: Identity): Promise<PreparedBrowser | undefined> {
    const next = shelf.nextFor(identity, shelf.starting);
    if (next === undefined) return undefined;
    try {
      await next.hurry();
      await next.ready;
    } catch {
      return undefined; // told where it was started; whoever asked gets another
    }
    if (next.timezone === identity.timezone || (await next.isFitFor(identity))) return next;
    this.#end(next);
    return undefined;
  }

  async #shelfFor(wish: Wish): Promise<{ shelf: Shelf; identity: Identity }> {
    const { kind, asked, country = null } = wish;
    const { isolation } = this.#options;
    const { identity, chromium } = await describeIdentity(isolation, kind, { asked, country });
    const key = JSON.stringify([kind, chromium.version, sortOf(identity, wish, isolation)]);
    const isUsual = kind === USUAL.kind && Object.keys(asked).length === 0 && country === null;
    const shelf = this.#shelves.of(key, () => new Shelf(wish, isUsual ? 1 : 0));
    const { geolocation: _, ...settled } = asked;
    shelf.wish = { ...wish, asked: settled }; // whoever asks next most likely asks for the same
    return { shelf, identity };
  }

  /** Starts those that are missing, and ends those that are too many: all, when others need their memory. */
  #balance(): void {
    if (this.#isClosed || this.size === 0) return;
    const now = performance.now();
    let left = this.#options.mustGiveWay() ? 0 : this.size;
    // What is kept for everybody is not taken up by the wishes of some.
    let promised = this.#shelves.all().reduce((sum, { minimum }) => sum + minimum, 0);
    for (const shelf of this.#shelves.byRecency(now)) {
      promised -= shelf.minimum;
      const wanted = Math.min(shelf.wanted(now), Math.max(0, left - promised));
      left -= wanted;
      while (shelf.ready.length > 0 && shelf.size > wanted) this.#end(shelf.ready.pop() as PreparedBrowser);
      while (shelf.size < wanted && this.#mayStart(now)) this.#prepare(shelf);
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
function sortOf(
  { seed, geolocation: _, timezone, ...settled }: Identity,
  { asked }: Wish,
  { changesTimezone }: Pick<Isolation, 'changesTimezone'>,
): Partial<Identity> {
  return { ...settled, ...(!changesTimezone && { timezone }), ...(asked.seed !== undefined && { seed }) };
}

/** Whether it was in there. */
function remove<T>(list: T[], item: T): boolean {
  const index = list.indexOf(item);
  if (index === -1) return false;
  list.splice(index, 1);
  return true;
}
