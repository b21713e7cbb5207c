import { setTimeout as delay } from 'node:timers/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import type { Logger } from 'pino';
import { sqlState, storeError } from './store-error.js';

/** No statement of the server is slow; one that takes longer waits for something that does not come. */
const STATEMENT_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_CONNECTIONS = 10;
/** A transaction that Postgres ends for the sake of others is begun anew, after a moment in which they get through. */
const MAX_ATTEMPTS = 5;
const MAX_MOMENT_MS = 50;
/** `deadlock_detected`: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const DEADLOCK = '40P01';

/** Runs statements; the pool or one transaction. */
export type Queries = NodePgDatabase;

/** The pool of connections. What it throws is always a CarrelError: `store_unavailable` when it may pass, else `internal`. */
export class Database implements AsyncDisposable {
  readonly #pool: pg.Pool;
  readonly #queries: Queries;

  constructor(config: pg.ClientConfig, logger: Logger) {
    this.#pool = new pg.Pool({
      ...config,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      // On our side too: a database that is cut off does not say so.
      query_timeout: STATEMENT_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'carrel',
    });
    // Without listeners, a database that goes away would end this process: on the pool for its idle clients, on each for the busy ones.
    this.#pool.on('error', (error) => logger.warn({ err: error }, 'a connection to the database was lost'));
    this.#pool.on('connect', (client) => client.on('error', () => {})); // the query that was under way rejects with the same error
    this.#queries = drizzle(this.#pool);
  }

  /** Runs statements, each by itself. */
  async run<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    try {
      return await work(this.#queries);
    } catch (cause) {
      throw storeError(cause);
    }
  }

  /**
   * Runs statements as one: all of them, or none.
   * @param work runs again when Postgres has ended its transaction to resolve a deadlock, so it changes nothing but the database
   */
  async transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work);
      } catch (cause) {
        if (attempt === MAX_ATTEMPTS || sqlState(cause) !== DEADLOCK) throw storeError(cause);
        await delay(Math.random() * MAX_MOMENT_MS);
      }
    }
  }

  async #attempt<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined;
    let failure: unknown;
    try {
      client = await this.#pool.connect();
      await client.query('begin');
      const result = await work(drizzle(client));
      await client.query('commit');
      return result;
    } catch (cause) {
      failure = cause;
      throw cause;
    } finally {
      // A connection on which something failed is closed, which rolls back; it is rare, and no doubt about its state is left.
      client?.release(failure !== undefined);
    }
  }

  /** Runs a statement as pg-boss writes it; what it throws is what the database said. */
  async executeSql(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }> {
    return await this.#pool.query(text, values);
  }

  /** How many connections there are, how many of them have nothing to do, and how many statements wait for one. */
  get load(): { connections: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { connections: totalCount, idle: idleCount, waiting: waitingCount };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }
}
