import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { TestDatabase } from '../../../packages/server/src/profiles/testing/test-database.js';
import { Api } from '../running/api.js';
import { type DataDirectory, dataDirectory, type ServerProcess, startServerProcess } from '../running/server-process.js';

/** A server of a fleet, and its API with the key of the default project. */
export interface Member extends ServerProcess {
  api: Api;
  /** Where it keeps its own, and has its browsers. */
  data: DataDirectory;
  /** Names it in the database. */
  nodeId(): Promise<string>;
}

/** Servers in processes of their own on one Postgres, with one master key, one API key and one store of profiles. */
export class TestFleet implements AsyncDisposable {
  /** In the order of their making. */
  readonly #resources: AsyncDisposable[];
  readonly #env: NodeJS.ProcessEnv;
  readonly databaseUrl: string;

  private constructor(resources: AsyncDisposable[], { databaseUrl, env }: { databaseUrl: string; env: NodeJS.ProcessEnv }) {
    this.#resources = resources;
    this.databaseUrl = databaseUrl;
    this.#env = env;
  }

  static async start(env: NodeJS.ProcessEnv = {}): Promise<TestFleet> {
    const directory = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    const removal = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
    const database = await TestDatabase.start();
    const databaseUrl = database.url;
    const shared = {
      DATABASE_URL: databaseUrl,
      CARREL_MASTER_KEY: randomBytes(32).toString('hex'),
      CARREL_API_KEY: `ck_${randomBytes(16).toString('hex')}`,
      CARREL_PROFILE_STORE: join(directory, 'profiles'),
      CARREL_EGRESS_ALLOW: '127.0.0.0/8,::1',
    };
    return new TestFleet([removal, database], { databaseUrl, env: { ...shared, ...env } });
  }

  /** One more server. */
  async add(env: NodeJS.ProcessEnv = {}): Promise<Member> {
    const data = await dataDirectory();
    this.#resources.push(data);
    return await this.startOn(data, env);
  }

  /** A server on a data directory, which may have had one before. */
  async startOn(data: DataDirectory, env: NodeJS.ProcessEnv = {}): Promise<Member> {
    const server = await startServerProcess(data.path, { ...this.#env, ...env });
    this.#resources.push(server);
    const nodeId = async () => String((await this.query('select id from carrel.nodes where url = $1', [server.url]))[0]?.id);
    return Object.assign(server, { api: new Api(server.url, server.apiKey), data, nodeId });
  }

  /** Asks the database. */
  async query(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: this.databaseUrl, application_name: 'tests' });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#resources.splice(0).reverse()) await resource[Symbol.asyncDispose]();
  }
}
