import { setTimeout as delay } from 'node:timers/promises';
import { TurnEnded } from '@carrel/agent';
import type { StopReason, TaskStatus } from '@carrel/protocol';
import type { Logger } from 'pino';
import { mayBeginAnew, type Store, type TaskEnd, type TaskRow, TURNS_CHANNEL } from '../store/index.js';
import type { RunTurn, TurnEnd } from './claimed-turn.js';
import { RunningTurn } from './running-turn.js';

/** Turns that wait for people take no part in the work, but have a browser open: so many times as many may be here in all. */
const WITH_PAUSED = 4;
const LEASE_MS = 15_000;
/** How long turns that have acted may go on when the server shuts down. */
const DRAIN_MS = 25_000;
/** How long a turn that is to end may take to do so. */
const ENDING_MS = 10_000;
/** After a browser that failed: another at once would fail of the same. */
const RETRY_DELAY_MS = 1_000;

export interface WorkerOptions {
  readonly store: Pick<Store, 'taskClaims' | 'taskQueue' | 'listen'>;
  readonly runTurn: RunTurn;
  /** How many turns this server runs at once, besides those that are paused; 0: none, and it only settles those of dead servers. */
  readonly maxTurns: number;
  readonly logger: Logger;
  /** Hears of each turn that ended here. */
  readonly onEnded?: ((status: TaskStatus, stopReason: StopReason) => void) | undefined;
  /** Default: 15 seconds. */
  readonly leaseMs?: number | undefined;
  /** Default: 25 seconds. */
  readonly drainMs?: number | undefined;
  /** How long a turn stays paused that nobody resumes. Default: 24 hours. */
  readonly resumeWithinMs?: number | undefined;
}

/** The reason of a turn that is ended because the server shuts down. */
class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';
}

/** Takes turns, runs them, and settles those that dead servers have left. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #leaseMs: number;
  readonly #running = new Map<RunningTurn, Promise<void>>();
  readonly #timers: NodeJS.Timeout[] = [];
  #stopListening: () => void = () => {};
  #isDraining = false;
  #looking: Promise<void> | null = null;
  #isToLookAgain = false;
  #isRenewing = false;
  #draining: Promise<void> | undefined;

  private constructor(options: WorkerOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
  }

  /** Settles what the last server of this data directory has left, and begins to take turns. @throws {CarrelError} `store_unavailable` */
  static async start(options: WorkerOptions): Promise<Worker> {
    const worker = new Worker(options);
    const { store, maxTurns } = options;
    while ((await store.taskClaims.recover({ ofThisNode: true })) > 0);
    worker.#stopListening = store.listen(TURNS_CHANNEL, (text) => worker.#hear(text));
    if (maxTurns > 0) await store.taskQueue.onTurns(() => worker.#look());
    worker.#timers.push(
      setInterval(() => void worker.#renew(), worker.#leaseMs / 3),
      setInterval(() => void worker.#recover(), worker.#leaseMs / 3),
    );
    worker.#hear('');
    return worker;
  }

  /** How many turns run here, those included that are about to end. */
  get size(): number {
    return this.#running.size;
  }

  /**
   * Takes no more turns. Those that have not acted on a page are given back at once; others have some time to end, and what is left then
   * is settled as if the server had died.
   */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  async #drain(): Promise<void> {
    const { store, maxTurns, drainMs = DRAIN_MS } = this.#options;
    this.#isDraining = true;
    this.#stopListening();
    await this.#looking?.catch(() => {}); // who asked for it has heard of it
    for (const turn of this.#running.keys()) if (!turn.hasActed && mayBeginAnew(turn)) turn.end(new ShuttingDown());
    await this.#ended(drainMs);
    for (const turn of this.#running.keys()) turn.end(new ShuttingDown());
    await this.#ended(2 * ENDING_MS);
    for (const timer of this.#timers) clearInterval(timer);
    if (maxTurns > 0) await store.taskQueue.ignoreTurns();
  }

  /** Resolves when no turn runs, or after so long. */
  async #ended(withinMs: number): Promise<void> {
    const timeout = new AbortController();
    const all = Promise.all(this.#running.values()).then(() => timeout.abort());
    await Promise.race([all, delay(withinMs, undefined, { signal: timeout.signal }).catch(() => {})]); // aborted: all have ended
  }

  #hear(text: string | null): void {
    for (const turn of this.#running.keys()) {
      // An error leaves it to the lease, which tells as well when the database is away.
      if (text === null || text === turn.taskId)
        void turn.look().catch((error: unknown) => this.#warn(error, 'a turn could not be looked at'));
    }
    if (text === null || text === '') void this.#look().catch((error: unknown) => this.#warn(error, 'no turn could be taken'));
  }

  #warn(error: unknown, message: string): void {
    this.#options.logger.warn({ err: error }, `${message}; it is tried again`);
  }

  /** Takes turns while there are places and turns. */
  #look(): Promise<void> {
    this.#isToLookAgain = true;
    this.#looking ??= this.#takeAll().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #takeAll(): Promise<void> {
    while (this.#isToLookAgain) {
      this.#isToLookAgain = false;
      while (this.#hasPlace()) {
        const takenAtMs = performance.now();
        const row = await this.#options.store.taskClaims.claim(this.#leaseMs);
        if (row === null) break;
        this.#begin(row, takenAtMs);
      }
    }
  }

  #hasPlace(): boolean {
    const { maxTurns } = this.#options;
    const working = [...this.#running.keys()].filter((turn) => !turn.isPaused);
    return !this.#isDraining && working.length < maxTurns && this.#running.size < WITH_PAUSED * maxTurns;
  }

  #begin(row: TaskRow, takenAtMs: number): void {
    const { taskClaims: claims } = this.#options.store;
    const { resumeWithinMs } = this.#options;
    const turn = new RunningTurn({ row, claims, leaseMs: this.#leaseMs, takenAtMs, resumeWithinMs, onPaused: () => this.#hear('') });
    const run = this.#run(turn)
      .catch((error: unknown) => this.#options.logger.error({ err: error, taskId: row.id }, 'what came of a turn could not be written'))
      .finally(() => {
        turn[Symbol.dispose]();
        this.#running.delete(turn);
        this.#hear('');
      });
    this.#running.set(turn, run);
  }

  async #run(turn: RunningTurn): Promise<void> {
    const running = this.#runTurn(turn);
    const { signal } = turn;
    const isLate = aborted(signal).then(() => delay(ENDING_MS, 'late' as const, { ref: false }));
    const end = await Promise.race([running, isLate]);
    try {
      await this.#settle(turn, end);
    } finally {
      await running; // its place is taken until its browser is gone
    }
  }

  /** @returns what came of it; null: it ended as its signal says */
  async #runTurn(turn: RunningTurn): Promise<TurnEnd | null> {
    try {
      return await this.#options.runTurn(turn);
    } catch (error) {
      if (turn.signal.aborted) return null;
      this.#options.logger.error({ err: error, taskId: turn.taskId }, 'a turn failed for a defect');
      const message = `Something went wrong in the server. Its log has the details under ${turn.taskId}. Requeue the task when it is mended.`;
      return { stopReason: 'error', result: null, htmlDump: null, failure: { code: 'internal', message } };
    }
  }

  /** @param given `late`: it was to end, and has not */
  async #settle(turn: RunningTurn, given: TurnEnd | 'late' | null): Promise<void> {
    const { reason } = turn.signal;
    const asSignalled = reason instanceof TurnEnded ? { ...reason.outcome, htmlDump: null } : null;
    if (turn.isLost) {
      if (asSignalled?.stopReason === 'cancelled') this.#count(asSignalled);
      return;
    }
    const end = given === 'late' || given === null ? asSignalled : given;
    if (reason instanceof ShuttingDown && (end === null || end.failure !== null)) {
      // One that is late may still do something: its lease tells when it cannot any more.
      if (given !== 'late') await this.#letGo(turn);
    } else if (end !== null) await this.#write(turn, end);
  }

  async #letGo(turn: RunningTurn): Promise<void> {
    const { taskClaims: claims } = this.#options.store;
    await turn.write(async () => {
      if (mayBeginAnew(turn)) await claims.giveBack(turn.fence);
      else await claims.abandon(turn.fence);
    });
  }

  async #write(turn: RunningTurn, end: TurnEnd): Promise<void> {
    const { taskClaims: claims } = this.#options.store;
    if (end.failure?.code === 'browser_failed' && mayBeginAnew(turn)) {
      const retry = { reason: end.failure.message, delayMs: RETRY_DELAY_MS * turn.attempt };
      if (await turn.write(() => claims.retry(turn.fence, retry))) return;
    }
    if (await turn.write(() => claims.end(turn.fence, end))) this.#count(end);
  }

  #count(end: TaskEnd): void {
    const status = end.failure !== null ? 'failed' : end.stopReason === 'cancelled' ? 'cancelled' : 'completed';
    this.#options.onEnded?.(status, end.stopReason);
  }

  /** Says of all turns that they still run, in time for the database to hear it twice more if it is away. */
  async #renew(): Promise<void> {
    if (this.#isRenewing) return;
    this.#isRenewing = true;
    try {
      const sentAtMs = performance.now();
      const turns = [...this.#running.keys()].filter((turn) => !turn.isLost);
      const ours = await this.#options.store.taskClaims.renew(
        turns.map((turn) => turn.fence),
        this.#leaseMs,
      );
      for (const turn of turns) {
        if (ours.has(turn.taskId)) turn.renewed(sentAtMs);
        else await turn.look();
      }
    } catch (error) {
      this.#warn(error, 'the database could not be told which turns run');
    } finally {
      this.#isRenewing = false;
    }
  }

  async #recover(): Promise<void> {
    try {
      const settled = await this.#options.store.taskClaims.recover({ ofThisNode: false });
      if (settled > 0) this.#options.logger.warn({ settled }, 'settled turns of servers that died');
      await this.#look(); // limits may have been raised, which nobody tells
    } catch (error) {
      this.#warn(error, 'turns of dead servers could not be settled');
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
