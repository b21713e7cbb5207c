import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { scaled } from '../../../browser/src/testing/scale.js';
import { TestDatabase } from '../profiles/testing/test-database.js';
import { Deployment, type TestServer } from './testing/deployment.js';
import type { DyingWorker } from './testing/dying-worker.js';

/** What a process of its own runs is the build: `npm run build` makes it. */
const dyingWorker = fileURLToPath(new URL('../../dist/tasks/testing/dying-worker.js', import.meta.url));
const isProof = scaled(false, true);
const TASKS_EACH = 10;
const KILLS = isProof ? 60 : 6;
const LEASE_MS = 3000;

let database: TestDatabase;
let deployment: Deployment;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  database = await TestDatabase.start();
  deployment = await Deployment.create(database);
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
});
afterAll(async () => {
  await deployment[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** A server in a process of its own. */
class Victim {
  readonly dataDir: string;
  readonly #child: ChildProcess;
  /** Rejects when it ends by itself. */
  readonly begun: Promise<unknown>;

  constructor(dataDir: string) {
    this.dataDir = dataDir;
    const task: DyingWorker = {
      dataDir,
      databaseUrl: deployment.url,
      masterKey: deployment.masterKey.toString('hex'),
      leaseMs: LEASE_MS,
      maxTurns: 4,
      workMs: 150,
    };
    this.#child = spawn(process.execPath, [dyingWorker, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(this.#child);
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    const ended = once(this.#child, 'close').then(() => Promise.reject(new Error('the server ended early; is the build up to date?')));
    this.begun = Promise.race([once(lines, 'line'), ended]);
    this.begun.catch(() => {}); // it is killed: only an early end while somebody waits matters
  }

  async kill(): Promise<void> {
    await kill(this.#child);
  }
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

const policies = ['before-first-action', 'always', 'never'] as const;

async function submit(server: TestServer, from: number, count: number): Promise<void> {
  for (let n = from; n < from + count; n++) {
    await server.submit({ endUserId: `user ${n % 7}`, task: `${n}`, retry: policies[n % 3] });
  }
}

/** Kills so many servers, each when it is in the midst of turns, and puts another in the place of each. */
async function killOverAndOver(server: TestServer): Promise<void> {
  const victims = Array.from({ length: 3 }, () => new Victim(deployment.newDirectory()));
  for (let n = 0; n < KILLS; n++) {
    await submit(server, n * TASKS_EACH, TASKS_EACH);
    const victim = await Promise.race(victims.map((one) => one.begun.then(() => one)));
    await victim.kill();
    // Some come back, and settle what they left themselves; of others the rest learns by their leases.
    victims[victims.indexOf(victim)] = new Victim(n % 2 === 0 ? victim.dataDir : deployment.newDirectory());
  }
}

/** What came of a task must be what its policy allows. */
function expectAllowed(task: Record<string, unknown>, acts: number): void {
  const { request, status, error_code, is_dead, attempt, attempts_left, result } = task;
  const { retry } = request as { retry: string };
  if (status === 'completed') expect(result).toBe(attempt);
  else expect({ status, error_code, is_dead }).toEqual({ status: 'failed', error_code: 'server_died', is_dead: true });
  if (retry === 'never') expect(attempt).toBe(1);
  if (retry === 'always' && status === 'failed') expect(attempts_left).toBe(0);
  if (retry !== 'always') expect(acts, `${retry} ${status}`).toBeLessThanOrEqual(1);
}

describe('Three servers, of which one is killed over and over', () => {
  it(
    'should lose no turn, run none twice at once, act once where that was asked for, and leave none behind',
    async () => {
      const server = await deployment.open();
      await deployment.query('create table proof (task_id text, attempt int, what text)');
      await killOverAndOver(server);
      const open = () => deployment.query(`select id, status from carrel.tasks where finished_at is null`);
      await expect.poll(open, { timeout: 120_000, interval: 500 }).toEqual([]);

      const tasks = await deployment.query('select * from carrel.tasks');
      expect(tasks).toHaveLength(KILLS * TASKS_EACH);
      expect(await deployment.query(`select * from proof where what = 'overlapped'`)).toEqual([]);
      const acts = await deployment.query(`select task_id, count(*)::int as n from proof where what = 'acted' group by 1`);
      const actsOf = new Map(acts.map(({ task_id, n }) => [task_id, n as number]));
      for (const task of tasks) expectAllowed(task, actsOf.get(task.id) ?? 0);
      expect(tasks.filter(({ attempt, status }) => attempt !== 1 || status === 'failed')).not.toEqual([]);
      for (const { id } of tasks.slice(0, 20)) await deployment.log(id as string); // which has no gaps
    },
    isProof ? 900_000 : 240_000,
  );
});
