import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserProfileRequest, CarrelError } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { HoldRow, ProfileRow, Store } from '../store/index.js';
import type { Archives } from './archives.js';
import { persistently } from './persistently.js';
import { WaitingLines } from './waiting-lines.js';

/** How long giving a hold back may keep its caller, and who wants it next; after that it is tried on in the background. */
const RELEASE_MS = 5_000;
const RETRY_MS = 10_000;

interface HoldWish {
  readonly projectId: string;
  readonly browserId: string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly request: BrowserProfileRequest;
  /** Throws when this profile may not be had. */
  readonly check: (row: ProfileRow) => void;
}

export interface Held {
  readonly row: ProfileRow;
  /** What to begin from; null when nothing was saved yet. */
  readonly version: number | null;
}

/** Who may save to which profile: one at a time, unless they ask to be merged. */
export class Holds implements AsyncDisposable {
  readonly #store: Store;
  readonly #archives: Archives;
  readonly #logger: Logger;
  readonly #lines = new WaitingLines();
  /** Holds that could not be given back yet: the id of the browser, and the profile's. */
  readonly #overdue = new Map<string, string>();
  readonly #retrying: NodeJS.Timeout;
  /** What is being given back at the moment, by the id of the profile: who wants one waits for that, however little it would wait. */
  readonly #releasing = new Map<string, Promise<void>>();

  constructor({ store, archives, logger }: { store: Store; archives: Archives; logger: Logger }) {
    this.#store = store;
    this.#archives = archives;
    this.#logger = logger;
    this.#retrying = setInterval(() => void this.#releaseOverdue(), RETRY_MS).unref();
  }

  /**
   * Takes a hold, waiting in line for up to `waitMs` when another has it.
   * @throws {CarrelError} `profile_locked`, `not_found`, and what `check` throws
   */
  async take({ projectId, browserId, waitMs, signal, request, check }: HoldWish): Promise<Held> {
    const { id: profileId, version = null, onConflict = 'refuse' } = request;
    const isExclusive = onConflict === 'refuse';
    let holders: readonly HoldRow[] = [];
    await endOf(this.#releasing.get(profileId), signal);
    const attempt = async (): Promise<Held | undefined> => {
      const answer = await this.#store.profileHolds.take({ projectId, profileId, browserId, version, isExclusive, check });
      if (answer.kind === 'taken') return answer;
      holders = answer.holds;
      return undefined;
    };
    const taking = isExclusive ? this.#lines.take(profileId, attempt, { waitMs, signal }) : attempt();
    const held = await taking.catch((error: unknown) => {
      // Its answer may have been lost: then it is taken, and nobody else would give it back.
      if (error instanceof CarrelError && error.code === 'store_unavailable') this.#overdue.set(browserId, profileId);
      throw error;
    });
    if (held !== undefined) return held;
    const wait = waitMs === 0 ? 'wait for its end (waitMs)' : `wait longer than the ${waitMs} ms that were waited`;
    throw profileLocked(
      profileId,
      holders.length > 0 ? holders : await this.#store.profileHolds.of(profileId),
      `Close it, ${wait}, only read the profile (no persist), or ask for onConflict: "merge".`,
    );
  }

  /** Gives a hold back, once what it is still needed for is done. When the database is away it is tried on, also after this resolved. */
  async release(profileId: string, browserId: string, after: Promise<unknown> = Promise.resolve()): Promise<void> {
    const own = after.then(() => this.#release(profileId, browserId));
    const releasing = Promise.all([this.#releasing.get(profileId), own]).then(() => {
      if (this.#releasing.get(profileId) === releasing) this.#releasing.delete(profileId);
    });
    this.#releasing.set(profileId, releasing);
    await own;
  }

  async #release(profileId: string, browserId: string): Promise<void> {
    try {
      await this.#archives.remove(await persistently(RELEASE_MS, () => this.#store.profileHolds.release(browserId)));
      this.#overdue.delete(browserId);
      this.#lines.notify(profileId);
    } catch (error) {
      this.#overdue.set(browserId, profileId);
      this.#logger.warn({ err: error, profileId, browserId }, 'a hold on a profile could not be given back yet');
    }
  }

  /** Tries once more what is overdue; what is left is done when a server of this data directory starts. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#retrying);
    await this.#releaseOverdue();
  }

  async #releaseOverdue(): Promise<void> {
    for (const [browserId, profileId] of this.#overdue) await this.release(profileId, browserId);
  }
}

/** Waits until holds are given back, or until that has taken too long. @throws the signal's reason */
async function endOf(releasing: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  if (releasing === undefined) return;
  const ended = new AbortController();
  const over = delay(RELEASE_MS, undefined, { signal: AbortSignal.any([signal, ended.signal]) });
  try {
    await Promise.race([releasing, over]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    ended.abort();
  }
}

/** @throws {CarrelError} `profile_locked` when there is somebody who may save to the profile */
export function refuseHeld(profileId: string, holds: readonly HoldRow[]): void {
  if (holds.length > 0) throw profileLocked(profileId, holds, 'Close it first.');
}

function profileLocked(profileId: string, holds: readonly HoldRow[], whatToDo: string): CarrelError {
  const [first] = holds.toSorted((a, b) => a.since.getTime() - b.since.getTime());
  const since = first?.since.toISOString() ?? null;
  const who = first === undefined ? 'Others wait in line to save' : `${first.browserId} may save, since ${since},`;
  return new CarrelError('profile_locked', `${who} to profile ${profileId}. ${whatToDo}`, {
    details: { browserId: first?.browserId ?? null, since },
  });
}
