import { CarrelError } from '@carrel/protocol';
import type { Logger } from 'pino';
import { NODES_CHANNEL, type NodeSession } from './node-session.js';
import type { Nodes } from './nodes.js';

/** Any number that no other lock of Carrel has. */
const SHARING_LOCK = '7234018273645501';
const RETRY_MS = 250;
const PATIENCE_MS = 10_000;

export interface MembershipOptions {
  readonly session: NodeSession;
  readonly nodes: Nodes;
  readonly logger: Logger;
}

/**
 * Whether this server is the only one of its database, so that it may decide from memory what otherwise all have to agree on.
 *
 * It is when it holds a lock alone (exclusive), which the database frees when it dies. Of several each holds the lock as one of many
 * (shared). So whoever comes waits until the one that was alone has written down what it had in its memory, and has let go.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #waiting = new Set<() => void>();
  #write: () => Promise<void> = async () => {};
  #state: 'outside' | 'alone' | 'member' = 'outside';
  #holdsAlone = false;
  #holdsShared = false;
  /** Counts the connections that were lost, and their locks with them. */
  #losses = 0;
  #last: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #stopListening: () => void = () => {};

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** From the moment when this is false, whatever would be kept in memory alone is to be written down. */
  get isAlone(): boolean {
    return this.#state === 'alone';
  }

  /**
   * Joins the other servers, or finds that there are none, and goes on to mind who comes and goes.
   * @param write writes down what was decided while we were alone; again does no harm
   */
  start(write: () => Promise<void>): void {
    this.#write = write;
    this.#stopListening = this.#options.session.listen(NODES_CHANNEL, (text) => {
      if (text === null) this.#forget();
      this.#settle();
    });
    this.#settle();
  }

  /** Lets go, so that one that is left may be alone. To be called when nothing is to be decided any more. */
  async stop(): Promise<void> {
    this.#stopListening();
    clearTimeout(this.#retry);
    await this.#last;
    clearTimeout(this.#retry);
    const held = [this.#holdsAlone && 'pg_advisory_unlock', this.#holdsShared && 'pg_advisory_unlock_shared'] as const;
    this.#forget();
    for (const call of held) {
      if (call) await this.#options.session.lock(call, SHARING_LOCK).catch(() => {}); // with the connection the lock is gone, too
    }
  }

  /** Looks again whether there are others. */
  look(): void {
    if (this.#state === 'member') this.#settle();
  }

  /** Resolves when it is known whether we are alone. @throws CarrelError `store_unavailable` when that takes too long, the signal's reason */
  async settled(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'outside') return;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(done);
        reject(signal.aborted ? signal.reason : unsettled());
      };
      const done = () => {
        limit.removeEventListener('abort', giveUp);
        resolve();
      };
      if (limit.aborted) return giveUp();
      limit.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(done);
    });
  }

  #forget(): void {
    this.#losses++;
    this.#holdsAlone = false;
    this.#holdsShared = false;
    this.#state = 'outside';
  }

  #settle(): void {
    clearTimeout(this.#retry);
    this.#last = this.#last.then(async () => {
      try {
        if ((await this.#options.nodes.others()).length > 0) await this.#join();
        else await this.#standAlone();
      } catch (error) {
        this.#options.logger.debug({ err: error }, 'what other servers there are is not known yet');
      }
      if (this.#state === 'outside') this.#retry = setTimeout(() => this.#settle(), RETRY_MS).unref();
    });
  }

  async #join(): Promise<void> {
    if (this.#state === 'member') return;
    const losses = this.#losses;
    this.#state = 'outside'; // what is decided from now on is not in what is written down
    await this.#write();
    const { session, nodes } = this.#options;
    if (!this.#holdsShared)
      this.#holdsShared = (await session.lock('pg_try_advisory_lock_shared', SHARING_LOCK)) && losses === this.#losses;
    if (!this.#holdsShared) return; // who was alone has not heard of us yet
    if (this.#holdsAlone) {
      await session.lock('pg_advisory_unlock', SHARING_LOCK);
      this.#holdsAlone = false;
      await nodes.tellOthers();
    }
    if (losses === this.#losses) this.#become('member');
  }

  async #standAlone(): Promise<void> {
    if (this.#state === 'alone') return;
    const losses = this.#losses;
    const { session } = this.#options;
    if (!this.#holdsAlone) this.#holdsAlone = (await session.lock('pg_try_advisory_lock', SHARING_LOCK)) && losses === this.#losses;
    // Somebody has it whose row we have not seen: one more round tells.
    if (!this.#holdsAlone) return await this.#join();
    if (this.#holdsShared) await session.lock('pg_advisory_unlock_shared', SHARING_LOCK);
    this.#holdsShared = false;
    if (losses === this.#losses) this.#become('alone');
  }

  #become(state: 'alone' | 'member'): void {
    this.#state = state;
    for (const done of this.#waiting) done();
    this.#waiting.clear();
  }
}

function unsettled(): CarrelError {
  return new CarrelError(
    'store_unavailable',
    'The other servers of the database have not let this one in yet: one of them does not answer, or the database is away. Try again.',
  );
}
