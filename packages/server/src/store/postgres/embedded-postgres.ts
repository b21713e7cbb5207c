import { mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError } from '@carrel/protocol';
import type { Logger } from 'pino';
import { type Binaries, findNativeDir, prepareBinaries } from './binaries.js';
import { clusterPath, DATABASE_USER, ensureCluster } from './cluster.js';
import { Postmaster } from './postmaster.js';
import { clearPredecessor, SOCKET_NAME } from './predecessor.js';
import { RecordedDirectory, sweepRecordedDirectories } from './recorded-directory.js';
import { chooseRunAs, type RunAs } from './run-as.js';

/** `sun_path` of unix(7) has 108 bytes on Linux, 104 on macOS, the last of them zero. */
const MAX_SOCKET_PATH_BYTES = 103;
/** After this many failures in a row, without a minute of peace between them, something is wrong that restarting does not mend. */
const MAX_FAILURES = 20;
const PEACE_MS = 60_000;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

/** How to connect to it; fits the configuration of `pg`. */
export interface EmbeddedConnection {
  /** Directory of the Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly ssl: false;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Called once if Postgres keeps ending and is no longer restarted. */
  readonly onGivenUp: (error: CarrelError) => void;
  /** Where the programs are; default: the npm package for this platform. */
  readonly nativeDir?: string;
}

/** What a running Postgres stands on. */
interface Ground {
  readonly cluster: string;
  /** A path of the cluster that is short enough for a socket's address. */
  readonly connectDir: string;
  readonly binaries: Binaries;
  readonly runAs: RunAs;
  /** In the order of their making. */
  readonly resources: AsyncDisposable[];
}

/**
 * The Postgres that comes with Carrel, on a Unix socket in the data directory. While this object lives, Postgres lives: when it ends, it
 * is started again at once. It ends with this process, even when that is killed.
 */
export class EmbeddedPostgres implements AsyncDisposable {
  readonly connection: EmbeddedConnection;
  readonly #options: EmbeddedPostgresOptions;
  readonly #ground: Ground;
  readonly #stopping = new AbortController();
  readonly #supervision: Promise<void>;
  #postmaster: Postmaster | null;

  private constructor(options: EmbeddedPostgresOptions, ground: Ground, postmaster: Postmaster) {
    this.#options = options;
    this.#ground = ground;
    this.#postmaster = postmaster;
    this.connection = { host: ground.connectDir, port: 5432, user: DATABASE_USER, database: 'postgres', ssl: false };
    this.#supervision = this.#supervise(postmaster);
  }

  /**
   * Starts Postgres on `<dataDir>/postgres`, which is made when it is not there.
   *
   * @throws CarrelError `conflict` when another server uses the data directory, `internal` or `store_unavailable` when Postgres cannot be
   * set up or started; the message says what to do.
   */
  static async start(options: EmbeddedPostgresOptions, signal?: AbortSignal): Promise<EmbeddedPostgres> {
    const ground = await prepareGround(options, signal);
    try {
      return new EmbeddedPostgres(options, ground, await launch(ground, options.logger, signal));
    } catch (cause) {
      await disposeAll(ground.resources);
      throw cause;
    }
  }

  /** Process id of Postgres; null while it is being restarted. */
  get pid(): number | null {
    return this.#postmaster?.pid ?? null;
  }

  /** Ends Postgres in order, and removes what was outside the data directory. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#postmaster?.stop();
    await this.#supervision;
    await disposeAll(this.#ground.resources);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #supervise(first: Postmaster): Promise<void> {
    const { logger } = this.#options;
    const signal = this.#stopping.signal;
    let failures = 0;
    let postmaster: Postmaster | null = first;
    while (true) {
      const startedAtMs = performance.now();
      const reason: string | null = postmaster === null ? null : await postmaster.ended;
      this.#postmaster = null;
      if (signal.aborted) return;
      if (reason !== null) logger.error({ reason }, 'the database ended by itself; it is started again');
      failures = performance.now() - startedAtMs > PEACE_MS ? 1 : failures + 1;
      if (failures > MAX_FAILURES) return this.#giveUp();
      postmaster = await this.#restart(failures);
      this.#postmaster = postmaster;
      if (signal.aborted) {
        await postmaster?.stop();
        return;
      }
    }
  }

  /** @returns null when it did not work, or is no longer wanted. */
  async #restart(failures: number): Promise<Postmaster | null> {
    const { logger } = this.#options;
    const signal = this.#stopping.signal;
    try {
      if (failures > 1) await delay(Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (failures - 2)), undefined, { signal });
      const postmaster = await launch(this.#ground, logger, signal);
      logger.info({ pid: postmaster.pid }, 'the database runs again');
      return postmaster;
    } catch (error) {
      // Right after a kill the old backends hold the shared memory for some milliseconds more, and Postgres says so: hence the retries.
      if (!signal.aborted) logger.warn({ err: error, failures }, 'the database could not be restarted yet');
      return null;
    }
  }

  #giveUp(): void {
    const message = `The database ended or failed to start ${MAX_FAILURES} times in a row. See the log, then restart the server.`;
    this.#options.onGivenUp(new CarrelError('store_unavailable', message));
  }
}

async function prepareGround(options: EmbeddedPostgresOptions, signal?: AbortSignal): Promise<Ground> {
  const dataDir = resolve(options.dataDir);
  const resources: AsyncDisposable[] = [];
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await sweepRecordedDirectories(dataDir);
    const runAs = await chooseRunAs(clusterPath(dataDir));
    const binaries = await prepareBinaries(options.nativeDir ?? findNativeDir(), dataDir, runAs);
    resources.push(binaries);
    const cluster = await ensureCluster(dataDir, binaries, runAs, signal);
    const connectDir = await shortPath(cluster, dataDir, resources);
    return { cluster, connectDir, binaries, runAs, resources };
  } catch (cause) {
    await disposeAll(resources);
    throw cause;
  }
}

async function launch(ground: Ground, logger: Logger, signal?: AbortSignal): Promise<Postmaster> {
  const { cluster, connectDir, binaries, runAs } = ground;
  await clearPredecessor(cluster, connectDir, logger, signal);
  try {
    return await Postmaster.start(cluster, binaries.postgres, runAs, logger, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    // Two servers that start at the same time: the other's Postgres was first, and now it is there to be named.
    await clearPredecessor(cluster, connectDir, logger, signal);
    throw cause;
  }
}

/** A socket's address is short; where the data directory's path is not, the way goes by a link in the directory for temporary files. */
async function shortPath(cluster: string, dataDir: string, resources: AsyncDisposable[]): Promise<string> {
  if (Buffer.byteLength(join(cluster, SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES) return cluster;
  const directory = await RecordedDirectory.create(dataDir, 0o700);
  resources.push(directory);
  const link = join(directory.path, 'pg');
  await symlink(cluster, link);
  return link;
}

async function disposeAll(resources: AsyncDisposable[]): Promise<void> {
  for (const resource of resources.toReversed()) await resource[Symbol.asyncDispose]();
}
