import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { Store, type StoreOptions } from '../../store/index.js';
import { EmbeddedPostgres } from '../../store/postgres/index.js';
import { prepareDatabase } from '../../store/testing/prepared-database.js';
import { DirectoryStore } from '../directory-store.js';
import { Profiles, type ProfilesOptions } from '../profiles.js';

const logger = pino({ level: process.env.CARREL_TEST_LOG ?? 'silent' });

/** A server without its HTTP. */
export interface TestServer {
  readonly dataDir: string;
  readonly store: Store;
  readonly profiles: Profiles;
  readonly project: { readonly projectId: string };
  close(): Promise<void>;
}

export interface TestServerOptions extends Partial<StoreOptions>, Partial<Omit<ProfilesOptions, 'store' | 'logger'>> {}

const MEBIBYTE = 1024 * 1024;

/** A Postgres for a test file, and servers on it; all of them, and their directories, are gone when it is disposed of. */
export class TestDatabase implements AsyncDisposable {
  readonly #postgres: EmbeddedPostgres;
  readonly #directories: string[];
  readonly #servers: TestServer[] = [];

  private constructor(postgres: EmbeddedPostgres, directory: string) {
    this.#postgres = postgres;
    this.#directories = [directory];
  }

  static async start(): Promise<TestDatabase> {
    const directory = mkdtempSync(join(tmpdir(), 'carrel-test-'));
    await prepareDatabase(directory);
    const onGivenUp = (error: Error) => {
      throw error;
    };
    return new TestDatabase(await EmbeddedPostgres.start({ dataDir: directory, logger, onGivenUp }), directory);
  }

  get url(): string {
    return `postgresql://carrel@/postgres?host=${encodeURIComponent(this.#postgres.connection.host)}`;
  }

  /** Where its postmaster.pid is. */
  get directory(): string {
    return this.#directories[0] as string;
  }

  newDirectory(): string {
    const directory = mkdtempSync(join(tmpdir(), 'carrel-test-'));
    this.#directories.push(directory);
    return directory;
  }

  async open(options: TestServerOptions = {}): Promise<TestServer> {
    const server = await openServer({ dataDir: this.newDirectory(), databaseUrl: this.url, ...options });
    this.#servers.push(server);
    return server;
  }

  /** Lets servers with another master key start. */
  async forgetMasterKey(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    await client.query('delete from carrel.deployment');
    await client.end();
  }

  async closeServers(): Promise<void> {
    const servers = this.#servers.splice(0);
    await Promise.all(servers.map((server) => server.close()));
    if (servers.length > 0) await this.forgetMasterKey();
    for (const directory of this.#directories.splice(1)) rmSync(directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.closeServers();
    await this.#postgres.stop();
    for (const directory of this.#directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  }
}

/** @param options `archives` left out: a directory in the data directory */
export async function openServer({ dataDir, ...options }: TestServerOptions & { dataDir: string }): Promise<TestServer> {
  const onFatal = (error: Error) => {
    throw error;
  };
  const {
    archives = new DirectoryStore(join(dataDir, 'profiles')),
    maxBytes = 512 * MEBIBYTE,
    maxProjectBytes = 1024 * MEBIBYTE,
  } = options;
  const store = await Store.open({ maxBrowsers: 1, maxTasks: 10, logger, onFatal, ...options, dataDir });
  const profiles = new Profiles({
    store,
    archives,
    maxBytes,
    maxProjectBytes,
    patienceMs: options.patienceMs,
    logger,
    onStep: options.onStep,
  });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= profiles[Symbol.asyncDispose]().then(() => store.close());
    return closing;
  };
  return { dataDir, store, profiles, project: { projectId: store.defaultProject.id }, close };
}
