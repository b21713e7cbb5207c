import { sql } from 'drizzle-orm';
import { fromDrizzle, PgBoss } from 'pg-boss';
import type { Logger } from 'pino';
import type { Database, Queries } from './database.js';
import { TURNS_CHANNEL } from './task-changes.js';

const SCHEMA = 'carrel_queue';
const QUEUE = 'turns';
const POLLING_SECONDS = 2;
const BATCH = 100;
const STOP_TIMEOUT_MS = 5_000;

/**
 * The queue of turns that wait, kept by pg-boss in a schema of its own.
 *
 * What is so of a turn stands in its row. A job is a reason to look for turns: it is added in the transaction that has a turn wait, not to
 * be had before the turn may be taken, and is done when a server has looked and taken what it had places for. Whose turn is next is not
 * the job's to say: pg-boss hands jobs out by priority and age, so that whoever submitted a thousand would be served a thousand times
 * before the next; the claim (`TaskClaims`) chooses a row, fairly and within the limits. So a job that is handed out twice does nothing
 * twice, and one that a dying server had is handed out again.
 */
export class TaskQueue implements AsyncDisposable {
  readonly #boss: PgBoss;

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  /** Makes the tables of the queue, or brings them up to date. Several servers may do so at once. */
  static async open(database: Database, logger: Logger): Promise<TaskQueue> {
    const boss = new PgBoss({ db: database, schema: SCHEMA, schedule: false, reindex: false, monitorVacuum: false });
    boss.on('error', (error) => logger.warn({ err: error }, 'the queue of turns could not be kept in order; it is tried again'));
    boss.on('warning', (warning) => logger.debug({ warning }, 'the queue of turns warns'));
    await boss.start();
    await boss.createQueue(QUEUE, { expireInSeconds: 60, retryLimit: 10, retryDelay: 1, deleteAfterSeconds: 60 });
    return new TaskQueue(boss);
  }

  /** There is a turn to be taken, after some time. */
  async add(queries: Queries, taskId: string, delayMs = 0): Promise<void> {
    const startAfter = delayMs === 0 ? 0 : new Date(Date.now() + delayMs);
    await this.#boss.send(QUEUE, { taskId }, { db: fromDrizzle(queries, sql), startAfter });
    if (delayMs === 0) await this.wake(queries);
  }

  /** Has all servers look for turns at once, when the transaction is done. */
  async wake(queries: Queries): Promise<void> {
    await queries.execute(sql`select pg_notify(${TURNS_CHANNEL}, '')`);
  }

  /** Calls back when there may be turns, a while after they may be taken at the latest. */
  async onTurns(look: () => Promise<void>): Promise<void> {
    await this.#boss.work(QUEUE, { pollingIntervalSeconds: POLLING_SECONDS, batchSize: BATCH }, look);
  }

  /** No more calls. */
  async ignoreTurns(): Promise<void> {
    await this.#boss.offWork(QUEUE);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#boss.stop({ graceful: true, timeout: STOP_TIMEOUT_MS, close: false });
  }
}
