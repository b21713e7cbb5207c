import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError } from '@carrel/protocol';
import pg from 'pg';
import type { Logger } from 'pino';
import { isRunning, processIdentity } from './process-identity.js';
import { sqlState, storeError } from './store-error.js';

const CONNECT_TIMEOUT_MS = 5_000;
/** How long the connection of a server that was killed may take to be noticed by the database. */
const LOCK_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = 5_000;
const MIN_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;
/**
 * So that the database notices within half a minute that our machine is gone, and frees our lock: by what goes unanswered while nothing
 * is said, and, since no keepalives are sent meanwhile, by a notification that is not acknowledged. Seconds, a number and milliseconds;
 * on a Unix socket they mean nothing. https://www.postgresql.org/docs/current/runtime-config-connection.html
 */
const NOTICE_OUR_DEATH =
  'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set tcp_user_timeout = 25000';
const LOCK_NOT_AVAILABLE = '55P03';

/** The channel on which servers of one database tell each other that an API key is no longer good. */
export const KEYS_CHANNEL = 'carrel_api_keys';
/** The channel on which servers hear of each other's beginning and end: the id of the node. */
export const NODES_CHANNEL = 'carrel_nodes';

/** How a lock is taken or freed: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS */
export type LockCall = 'pg_try_advisory_lock' | 'pg_try_advisory_lock_shared' | 'pg_advisory_unlock' | 'pg_advisory_unlock_shared';

export interface NodeSessionOptions {
  readonly config: pg.ClientConfig;
  /** Names the data directory, whose one server we are to be. */
  readonly nodeId: string;
  readonly logger: Logger;
  /** While the connection was away another server took our place; called once. */
  readonly onReplaced: (error: CarrelError) => void;
}

/**
 * The one connection that is always open. It holds the lock that makes this server the only one of its data directory, and hears what
 * other servers say. The database frees the lock by itself when the server dies.
 */
export class NodeSession implements AsyncDisposable {
  readonly #options: NodeSessionOptions;
  readonly #token = randomBytes(4).toString('hex');
  readonly #closing = new AbortController();
  readonly #listeners = new Map<string, Set<(text: string | null) => void>>();
  readonly #asked = new WeakMap<pg.Client, Promise<unknown>>();
  #client: pg.Client | null = null;
  #reconnecting: Promise<void> | null = null;
  #heartbeat: NodeJS.Timeout | undefined;

  private constructor(options: NodeSessionOptions) {
    this.#options = options;
  }

  /**
   * @throws CarrelError `conflict` when another server has the data directory (it names the process), `store_unavailable` when the
   * database cannot be reached.
   */
  static async open(options: NodeSessionOptions): Promise<NodeSession> {
    const session = new NodeSession(options);
    await session.#connect();
    session.#heartbeat = setInterval(() => void session.#beat(), HEARTBEAT_MS).unref();
    return session;
  }

  /** False while the connection is away: what others say is not heard then. */
  get isConnected(): boolean {
    return this.#client !== null;
  }

  /**
   * Hears what is said on a channel (`pg_notify`), by this server too.
   * @param channel a name that needs no quotes
   * @param onMessage given the text, or null when the connection was away, so that something may have been missed
   * @returns ends it
   */
  listen(channel: string, onMessage: (text: string | null) => void): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    listeners.add(onMessage);
    if (!this.#listeners.has(channel)) {
      this.#listeners.set(channel, listeners);
      // A connection that is lost meanwhile listens to all of them when it is opened again.
      if (this.#client !== null) this.#ask(this.#client, `listen ${channel}`).catch(() => {});
    }
    return () => listeners.delete(onMessage);
  }

  /**
   * Takes or frees an advisory lock for as long as this connection lasts: whoever takes one hears of its loss on any channel, as null.
   * @throws CarrelError `store_unavailable` while the connection is away
   */
  async lock(call: LockCall, key: string): Promise<boolean> {
    const client = this.#client;
    if (client === null) throw storeError(new Error('Connection terminated'));
    try {
      const { rows } = await this.#ask(client, { text: `select ${call}($1) as is_done`, values: [key] });
      return rows[0].is_done === true;
    } catch (cause) {
      throw storeError(cause);
    }
  }

  /** Something may have been missed. */
  #tellAll(): void {
    for (const listeners of this.#listeners.values()) for (const onMessage of listeners) onMessage(null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#heartbeat);
    await this.#reconnecting;
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => {}); // gone already
  }

  async #connect(): Promise<void> {
    const { config, nodeId } = this.#options;
    const client = new pg.Client({
      ...config,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: LOCK_TIMEOUT_MS + CONNECT_TIMEOUT_MS,
      keepAlive: true,
      application_name: this.#name(),
    });
    client.on('error', () => this.#onLost(client)); // 'end' follows, or, when cut off, does not
    client.on('end', () => this.#onLost(client));
    client.on('notification', ({ channel, payload = '' }) => {
      for (const onMessage of this.#listeners.get(channel) ?? []) onMessage(payload);
    });
    try {
      await client.connect();
      await client.query(NOTICE_OUR_DEATH);
      await this.#lock(client, lockKey(nodeId));
      for (const channel of this.#listeners.keys()) await client.query(`listen ${channel}`);
    } catch (cause) {
      await client.end().catch(() => {}); // never was open, or is gone already
      throw storeError(cause);
    }
    this.#client = client;
    this.#tellAll();
  }

  /** One after the other, as the protocol has it. */
  #ask(client: pg.Client, query: string | pg.QueryConfig): Promise<pg.QueryResult> {
    const answer = (this.#asked.get(client) ?? Promise.resolve()).then(() => client.query(query));
    this.#asked.set(
      client,
      answer.catch(() => {}), // whoever asked hears it
    );
    return answer;
  }

  async #lock(client: pg.Client, key: string): Promise<void> {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as is_ours', [key]);
    if (rows[0].is_ours) return;
    const holder = await holderOf(client, key);
    if (holder !== null && this.#isAlive(holder)) throw inUse(holder);
    // The holder is dead, or we cannot tell, being on another machine: the database frees the lock when it notices.
    try {
      await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
      await client.query('select pg_advisory_lock($1)', [key]);
    } catch (cause) {
      if (sqlState(cause) !== LOCK_NOT_AVAILABLE) throw cause;
      throw inUse((await holderOf(client, key)) ?? holder);
    }
  }

  /** Certain of life on this machine only, and never of our own last connection. */
  #isAlive(holder: string): boolean {
    const [, token, identity, host] = holder.split(' ');
    return token !== this.#token && host === shortHost() && identity !== undefined && isRunning(identity);
  }

  /** At most 63 bytes, as Postgres keeps no more. */
  #name(): string {
    return `carrel ${this.#token} ${processIdentity(process.pid)} ${shortHost()}`;
  }

  #onLost(client: pg.Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#tellAll();
    if (this.#closing.signal.aborted) return;
    this.#options.logger.warn('the connection to the database was lost; it is opened again');
    this.#reconnecting = this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const { logger, onReplaced } = this.#options;
    const signal = this.#closing.signal;
    for (let backoffMs = MIN_BACKOFF_MS; !signal.aborted; backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2)) {
      try {
        await delay(backoffMs, undefined, { signal });
        await this.#connect();
        logger.info('the connection to the database is open again');
        return;
      } catch (cause) {
        if (signal.aborted) return;
        const error = storeError(cause);
        if (error.code === 'conflict') {
          onReplaced(error);
          return;
        }
        logger.debug({ err: error }, 'the database cannot be reached yet');
      }
    }
  }

  /** A connection that is cut off looks open: only a question shows it. */
  async #beat(): Promise<void> {
    const client = this.#client;
    if (client === null) return;
    try {
      await this.#ask(client, { text: 'select 1', query_timeout: HEARTBEAT_MS } as pg.QueryConfig);
    } catch {
      this.#onLost(client); // which logs it
      void client.end().catch(() => {}); // gone already
    }
  }
}

function shortHost(): string {
  return hostname().replace(/\s/g, '').slice(0, 24);
}

/** Names the lock that the server of a data directory holds: the first 64 bits of the SHA-256, as the signed number that Postgres takes. */
export function lockKey(nodeId: string): string {
  return createHash('sha256').update(`carrel node ${nodeId}`).digest().readBigInt64BE().toString();
}

async function holderOf(client: pg.Client, key: string): Promise<string | null> {
  const { rows } = await client.query(
    `select a.application_name as name from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and (l.classid::bigint << 32) | l.objid::bigint = $1::bigint`,
    [key],
  );
  return rows[0]?.name ?? null;
}

function inUse(holder: string | null): CarrelError {
  const [, , identity, host] = (holder ?? '').split(' ');
  const who =
    identity === undefined ? 'another Carrel server' : `another Carrel server, process ${Number.parseInt(identity, 10)} on ${host}`;
  return new CarrelError(
    'conflict',
    `The data directory is in use by ${who}. Stop it, or give this server another CARREL_DATA_DIR. ` +
      'If the directory is a copy of that one, remove the file node-id in it.',
    { details: { holder } },
  );
}
