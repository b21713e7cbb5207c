import { once } from 'node:events';
import { type SubmitTaskInput, submitTaskRequest, type Task } from '@carrel/protocol';
import pg from 'pg';
import { pino } from 'pino';
import type { TestDatabase } from '../../profiles/testing/test-database.js';
import { Store, type StoreOptions, TASKS_CHANNEL, type TaskRow } from '../../store/index.js';
import type { RunTurn, TurnEnd } from '../claimed-turn.js';
import { toTask } from '../to-task.js';
import { Worker, type WorkerOptions } from '../worker.js';

const logger = pino({ level: process.env.CARREL_TEST_LOG ?? 'silent' });
const WAIT_MS = 20_000;

/** A result of a turn. */
export const done = (result: TurnEnd['result'] = 'done'): TurnEnd => ({ stopReason: 'done', result, htmlDump: null, failure: null });

/** A failure of a turn. */
export const failed = (code: NonNullable<TurnEnd['failure']>['code'], message: string): TurnEnd => ({
  stopReason: 'error',
  result: null,
  htmlDump: null,
  failure: { code, message },
});

export type TestServerOptions = Partial<StoreOptions> &
  Partial<Pick<WorkerOptions, 'maxTurns' | 'leaseMs' | 'drainMs' | 'resumeWithinMs' | 'onEnded'>>;

/** A store and, where it runs turns, its worker. */
export class TestServer {
  readonly store: Store;
  readonly worker: Worker | null;

  constructor(store: Store, worker: Worker | null) {
    this.store = store;
    this.worker = worker;
  }

  get projectId(): string {
    return this.store.defaultProject.id;
  }

  /** Submits a turn; what is left out is for everybody the same. */
  async submit(input: Partial<SubmitTaskInput> = {}, projectId = this.projectId): Promise<TaskRow> {
    const request = submitTaskRequest.parse({ endUserId: 'ann', task: 'do it', ...input });
    return await this.store.tasks.submit({ projectId, request, model: 'builtin' });
  }

  async get(id: string, projectId = this.projectId): Promise<Task> {
    return toTask(await this.store.tasks.get(projectId, id), { include: 'context' });
  }

  /** The task, when it is as wanted. */
  async until(id: string, isSo: (task: Task) => boolean, projectId = this.projectId): Promise<Task> {
    const deadline = AbortSignal.timeout(WAIT_MS);
    const changes = new EventTarget();
    const stop = this.store.listen(TASKS_CHANNEL, () => changes.dispatchEvent(new Event('change')));
    try {
      for (;;) {
        const change = once(changes, 'change', { signal: deadline });
        change.catch(() => {}); // it may not be waited for
        const task = await this.get(id, projectId);
        if (isSo(task)) return task;
        await change.catch(() => {
          throw new Error(`Task ${id} is ${task.status} (attempt ${task.attempt}), not as wanted: ${task.error ?? ''}`);
        });
      }
    } finally {
      stop();
    }
  }

  async ended(id: string, projectId = this.projectId): Promise<Task> {
    return await this.until(id, ({ finishedAt }) => finishedAt !== null, projectId);
  }

  async close(): Promise<void> {
    await this.worker?.drain();
    await this.store.close();
  }
}

/** Servers that share a database of their own. */
export class Deployment implements AsyncDisposable {
  static #count = 0;
  readonly #database: TestDatabase;
  readonly #servers: TestServer[] = [];
  readonly url: string;
  readonly masterKey = Buffer.alloc(32, 7);

  private constructor(database: TestDatabase, url: string) {
    this.#database = database;
    this.url = url;
  }

  static async create(database: TestDatabase): Promise<Deployment> {
    const name = `tasks_${process.pid}_${++Deployment.#count}`;
    await raw(database.url.replace('/postgres?', '/template1?'), `create database ${name} template postgres`);
    return new Deployment(database, database.url.replace('/postgres?', `/${name}?`));
  }

  newDirectory(): string {
    return this.#database.newDirectory();
  }

  /** @param runTurn left out: it takes no turns */
  async open(options: TestServerOptions = {}, runTurn?: RunTurn): Promise<TestServer> {
    const { maxTurns = 4, leaseMs, drainMs = 1000, resumeWithinMs, onEnded, ...storeOptions } = options;
    const onFatal = (error: Error) => {
      throw error;
    };
    const store = await Store.open({
      dataDir: this.newDirectory(),
      databaseUrl: this.url,
      masterKeys: [this.masterKey],
      maxBrowsers: 1,
      maxTasks: 10,
      logger,
      onFatal,
      ...storeOptions,
    });
    const times = { leaseMs, drainMs, resumeWithinMs };
    const worker = runTurn === undefined ? null : await Worker.start({ store, runTurn, maxTurns, logger, ...times, onEnded });
    const server = new TestServer(store, worker);
    this.#servers.push(server);
    return server;
  }

  /** A client of its own, to be ended. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    return client;
  }

  async query(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return await raw(this.url, text, values);
  }

  /** The log of a task: the kinds of its lines. */
  async log(taskId: string): Promise<unknown[]> {
    const rows = await this.query('select id, type from carrel.task_events where task_id = $1 order by id', [taskId]);
    if (rows.some(({ id }, index) => id !== index + 1)) throw new Error(`the log has gaps: ${JSON.stringify(rows)}`);
    return rows.map(({ type }) => type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.splice(0).map((server) => server.close()));
  }
}

/** A client of its own for one statement. */
async function raw(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
