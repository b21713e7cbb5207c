import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserEvent, CarrelError } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { Database } from './database.js';
import type { PlaceRow } from './places.js';
import type { BrowserNotice } from './tell-webhooks.js';
import { type BrowserRecord, type Entry, writeBatch } from './write-batch.js';

const MAX_PENDING_EVENTS = 100_000;
const MAX_EVENTS_PER_BATCH = 5_000;
/** Dropping makes room for so many, so that it is not done for each that comes. */
const DROP_SHARE = 0.01;
/** Most of what comes of one browser comes together: a state, its events, the next state. A transaction for each would cost more than a page. */
const LINGER_MS = 50;
const MIN_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;
const FLUSH_TIMEOUT_MS = 10_000;

interface Waiter {
  readonly upTo: number;
  readonly resolve: () => void;
}

export interface WriteBehindOptions {
  readonly database: Database;
  readonly nodeId: string;
  readonly logger: Logger;
  /** Events that wait beyond this many are dropped, the oldest first; default 100,000. */
  readonly maxPendingEvents?: number;
}

/**
 * Writes to the database what callers need not wait for. They enqueue and go on; the writing keeps the order, comes in batches, a moment
 * later unless somebody waits for it, and while the database is away it is tried again until it works. Of a browser only the newest state
 * waits, so what waits is bounded: by the number of browsers, and for events by a limit, beyond which the oldest are dropped and the log says
 * so.
 */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  readonly #maxPendingEvents: number;
  /** Waiting by what they are about; a later entry takes the place of an earlier one. */
  readonly #latest = new Map<string, Entry>();
  #events: { readonly sequence: number; readonly entry: Entry }[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #abandoned = new AbortController();
  #isClosed = false;
  #isWriting = false;
  /** Ends the lingering, if there is any. */
  #hurry: () => void = () => {};
  /** How many entries came, and how many of them are written or dropped. */
  #sequence = 0;
  #done = 0;
  #droppedEvents = 0;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    this.#maxPendingEvents = options.maxPendingEvents ?? MAX_PENDING_EVENTS;
  }

  /** Keeps the state of a browser, in place of what was there. */
  putBrowser(record: BrowserRecord): void {
    this.#put(`browser ${record.id}`, { kind: 'browser', record, nodeId: this.#options.nodeId });
  }

  /** Adds to the log of a browser whose state was put before, and has webhooks told if there is a notice. */
  appendEvent(browserId: string, event: BrowserEvent, notice?: BrowserNotice): void {
    if (!this.#isOpen()) return;
    this.#events.push({ sequence: ++this.#sequence, entry: { kind: 'event', browserId, event, notice } });
    if (this.#events.length > this.#maxPendingEvents) this.#dropOldestEvents();
    this.#wake();
  }

  /** Keeps how an idempotent request ended: its sealed answer, or null when its key is free again. Whoever asks again waits for that. */
  settle(outcome: { claimId: string; projectId: string; key: string; response: Buffer | null }): void {
    this.#put(`outcome ${outcome.claimId}`, { kind: 'outcome', ...outcome });
    this.#hurry();
  }

  /** Gives back a place within the limit of a project, for which somebody may wait. */
  freePlace(place: PlaceRow): void {
    this.#put(`place ${place.id}`, { kind: 'place', place });
    this.#hurry();
  }

  /** Keeps when an API key was last used. */
  noteKeyUse(apiKeyId: string, at: Date): void {
    this.#put(`key ${apiKeyId}`, { kind: 'keyUsed', apiKeyId, at });
  }

  /** How many entries are not written yet. */
  get pendingCount(): number {
    return this.#sequence - this.#done;
  }

  /**
   * Resolves when all that was enqueued before is in the database.
   *
   * @throws CarrelError `store_unavailable` when the signal aborts or ten seconds pass first; the entries stay enqueued.
   */
  async flush(signal?: AbortSignal): Promise<void> {
    const upTo = this.#sequence;
    if (this.#done >= upTo) return;
    const deadline = AbortSignal.timeout(FLUSH_TIMEOUT_MS);
    const limit = AbortSignal.any([deadline, this.#abandoned.signal, ...(signal === undefined ? [] : [signal])]);
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        this.#waiters.delete(waiter);
        reject(new CarrelError('store_unavailable', 'The database did not take the change in time; it is tried on. Try again later.'));
      };
      const waiter: Waiter = {
        upTo,
        resolve: () => {
          limit.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      if (limit.aborted) return giveUp();
      limit.addEventListener('abort', giveUp, { once: true });
      this.#waiters.add(waiter);
      this.#hurry();
    });
  }

  /** Writes what waits, for at most ten seconds, and takes no more. What could not be written is counted in the log. */
  async close(): Promise<void> {
    this.#isClosed = true;
    try {
      await this.flush();
    } catch (error) {
      this.#options.logger.error({ err: error, entries: this.pendingCount }, 'the database was away to the end: changes are lost');
    } finally {
      this.#abandoned.abort();
    }
  }

  #put(about: string, entry: Entry): void {
    if (!this.#isOpen()) return;
    this.#latest.set(about, entry);
    this.#sequence++;
    this.#wake();
  }

  #isOpen(): boolean {
    if (this.#isClosed) this.#options.logger.error('a change came after the store was closed; it is lost');
    return !this.#isClosed;
  }

  #wake(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    while (this.#latest.size + this.#events.length > 0 && !this.#abandoned.signal.aborted) {
      await this.#linger();
      const entries = this.#takeBatch();
      const done = (this.#events[0]?.sequence ?? this.#sequence + 1) - 1;
      if (!(await this.#writeUntilDone(entries))) break;
      this.#advance(done);
    }
    // Nothing is awaited between the loop's last look and here, so no entry can fall in between.
    this.#isWriting = false;
  }

  /** Waits for more that is to be written along, for as long as nobody waits for what is there. */
  async #linger(): Promise<void> {
    if (this.#waiters.size > 0 || this.#events.length >= MAX_EVENTS_PER_BATCH) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LINGER_MS);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#hurry = () => {};
  }

  #takeBatch(): Entry[] {
    const events = this.#events.splice(0, MAX_EVENTS_PER_BATCH).map(({ entry }) => entry);
    // Browsers before the events that belong to them; outcomes go in the same transaction as what they tell of.
    const entries = [...this.#latest.values(), ...events];
    this.#latest.clear();
    return entries;
  }

  /** @returns false when the store was closed before it worked. */
  async #writeUntilDone(entries: readonly Entry[]): Promise<boolean> {
    const { database, logger } = this.#options;
    const signal = this.#abandoned.signal;
    for (let backoffMs = MIN_BACKOFF_MS; !signal.aborted; backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2)) {
      try {
        await writeBatch(database, entries, (entry, error) => {
          logger.error({ err: error, kind: entry.kind }, 'the database refuses a change for its values; it is lost');
        });
        return true;
      } catch (error) {
        logger.warn({ err: error, entries: this.pendingCount }, 'changes could not be written to the database yet');
        await delay(backoffMs, undefined, { signal }).catch(() => {}); // aborted: the loop's condition sees it
      }
    }
    return false;
  }

  #advance(done: number): void {
    this.#done = done;
    for (const waiter of this.#waiters) {
      if (waiter.upTo > done) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
    if (this.#droppedEvents === 0) return;
    this.#options.logger.error({ events: this.#droppedEvents }, 'events were lost while the database was away');
    this.#droppedEvents = 0;
  }

  #dropOldestEvents(): void {
    if (this.#droppedEvents === 0) this.#options.logger.error('too many events wait for the database; the oldest are dropped');
    this.#droppedEvents += this.#events.splice(0, Math.ceil(this.#maxPendingEvents * DROP_SHARE)).length;
  }
}
