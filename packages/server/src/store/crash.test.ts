import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type BrowserEvent, type CarrelError, newId } from '@carrel/protocol';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiKeys } from './api-keys.js';
import { Database } from './database.js';
import { migrateDatabase } from './migrate.js';
import { EmbeddedPostgres } from './postgres/index.js';
import { processIdentity } from './process-identity.js';
import { Projects } from './projects.js';
import { Store } from './store.js';
import type { BrowserRecord } from './write-batch.js';
import { WriteBehind } from './write-behind.js';

const logger = pino({ level: process.env.CARREL_TEST_LOG ?? 'silent' });
const onFatal = (error: CarrelError) => {
  throw error;
};
/** What a process of its own runs is the build: `npm run build` makes it. */
const builtStore = fileURLToPath(new URL('../../dist/store/index.js', import.meta.url));

let dataDir: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'carrel-test-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function open(databaseUrl?: string): Promise<Store> {
  const store = await Store.open({ dataDir, databaseUrl, maxBrowsers: 20, maxTasks: 10, logger, onFatal }, AbortSignal.timeout(60_000));
  closing.push(() => store.close());
  return store;
}

const postgresPid = () => Number.parseInt(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);

const recordOf = (projectId: string): BrowserRecord => ({
  id: newId('browser'),
  projectId,
  status: 'running',
  kind: 'headless-shell',
  browserVersion: null,
  isolation: { level: 'process', reasons: [] },
  standby: 'awake',
  startup: 'cold',
  startupReason: null,
  createdAt: new Date().toISOString(),
  endedAt: null,
  expiresAt: new Date().toISOString(),
  idleTimeoutSeconds: 1,
  maxDurationSeconds: 1,
  reason: null,
  metadata: {},
  identity: null,
  network: {
    exit: { type: 'direct', source: 'host', server: null, addresses: [], country: null, city: null, tags: [] },
    allow: null,
    deny: [],
  },
  endUserId: null,
  profile: null,
  needsHuman: null,
  warnings: [],
});

const event = (id: number): BrowserEvent => ({ id, type: 'tab.opened', createdAt: new Date().toISOString(), data: {} });

/** A server in a process of its own: it opens the store, writes a browser, says its id, and goes on. */
async function startServer(options: { databaseUrl?: string; path?: string } = {}): Promise<{ child: ChildProcess; browserId: string }> {
  const script = `
    const { Store } = await import(process.argv[1]);
    const { pino } = await import(process.argv[2]);
    const [dataDir, databaseUrl] = process.argv.slice(3);
    const store = await Store.open({ dataDir, databaseUrl, maxBrowsers: 1, maxTasks: 10, logger: pino({ level: 'silent' }), onFatal: console.error });
    const at = new Date().toISOString();
    const id = 'br_' + '0'.repeat(26);
    store.writes.putBrowser({ id, projectId: store.defaultProject.id, status: 'running', kind: 'chromium', browserVersion: null,
      isolation: { level: 'process', reasons: [] }, standby: 'awake', startup: 'cold', startupReason: null, createdAt: at, endedAt: null, expiresAt: at, idleTimeoutSeconds: 1,
      maxDurationSeconds: 1, reason: null, metadata: {}, network: { exit: {}, allow: null, deny: [] }, identity: null, profile: null, warnings: [] });
    await store.writes.flush();
    console.log(id);
    setInterval(() => {}, 1e6);`;
  const args = ['--input-type=module', '-e', script, builtStore, import.meta.resolve('pino'), dataDir];
  if (options.databaseUrl !== undefined) args.push(options.databaseUrl);
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PATH: options.path ?? process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closing.push(() => kill(child));
  const ended = once(child, 'close').then(() => Promise.reject(new Error('the server ended early; is the build up to date?')));
  ended.catch(() => {}); // it is killed at the end: only an early end matters
  const [browserId] = await Promise.race([once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line'), ended]);
  return { child, browserId };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('A server that is killed', () => {
  it('should leave its rows, no Postgres, and the data directory to the next', async () => {
    const { child, browserId } = await startServer();
    const pid = postgresPid();
    await kill(child);
    const store = await open();
    expect(postgresPid()).not.toBe(pid);
    expect(processIdentity(pid)).toBeNull();
    expect(await store.browsers.failOrphans()).toEqual([browserId]);
    expect((await store.browsers.get(store.defaultProject.id, browserId))?.reason?.code).toBe('server_died');
  });

  it.runIf(process.platform === 'linux')('should take its Postgres with it', async () => {
    const { child } = await startServer();
    const pid = postgresPid();
    await kill(child);
    await expect.poll(() => processIdentity(pid), { timeout: 20_000, interval: 10 }).toBeNull();
    expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  });

  it('should leave a Postgres to be taken over where nothing ties it to the server', async () => {
    const { child, browserId } = await startServer({ path: '/nowhere' }); // so that there is no setpriv
    const pid = postgresPid();
    await kill(child);
    expect(processIdentity(pid)).not.toBeNull();
    const store = await open();
    expect(processIdentity(pid)).toBeNull();
    expect(await store.browsers.get(store.defaultProject.id, browserId)).not.toBeNull();
  });

  it('should leave the database of DATABASE_URL free for the next at once', async () => {
    const otherDir = mkdtempSync(join(tmpdir(), 'carrel-test-'));
    closing.push(async () => rmSync(otherDir, { recursive: true, force: true }));
    const postgres = await EmbeddedPostgres.start({ dataDir: otherDir, logger, onGivenUp: onFatal });
    closing.push(() => postgres.stop());
    const databaseUrl = `postgresql://carrel@/postgres?host=${encodeURIComponent(postgres.connection.host)}`;
    const { child, browserId } = await startServer({ databaseUrl });
    await expect(open(databaseUrl)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`process ${child.pid} on`),
    });
    await kill(child);
    expect(await (await open(databaseUrl)).browsers.failOrphans()).toEqual([browserId]);
    expect(readdirSync(dataDir).toSorted()).toEqual(['api-key', 'master.key', 'node-id']);
  });
});

describe('A living server', () => {
  it('should be named to a second one on its data directory, and not be disturbed', async () => {
    const { child } = await startServer();
    const pid = postgresPid();
    await expect(open()).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`Carrel server, process ${child.pid}.`),
    });
    expect(postgresPid()).toBe(pid);
    expect(child.exitCode).toBeNull();
  });

  it('should lose no change when Postgres is killed again and again, and stay the only one', async () => {
    const store = await open();
    const browser = recordOf(store.defaultProject.id);
    store.writes.putBrowser(browser);
    const failures: unknown[] = [];
    let lastId = 0;
    for (let round = 0; round < 3; round++) {
      const killed = postgresPid();
      process.kill(killed, 'SIGKILL');
      for (let n = 0; n < 200; n++) {
        store.writes.appendEvent(browser.id, event(++lastId));
        store.writes.putBrowser({ ...browser, maxDurationSeconds: lastId });
        await store.ping().catch((error: unknown) => failures.push(error));
      }
      await store.writes.flush();
      expect(postgresPid()).not.toBe(killed);
    }
    expect(failures.map((error) => (error as CarrelError).code)).toEqual(failures.map(() => 'store_unavailable'));
    expect((await store.browsers.get(browser.projectId, browser.id))?.maxDurationSeconds).toBe(lastId);
    const ids = (await store.events.list(browser.id, { after: 0, limit: 1000 })).map(({ id }) => id);
    expect(ids).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
    await expect(open()).rejects.toMatchObject({ code: 'conflict' });
    const { secret } = await store.apiKeys.create({ projectId: store.defaultProject.id, name: 'after', scopes: ['browsers:read'] });
    expect(await store.apiKeys.verify(secret)).not.toBeNull();
  });
});

/** Over a database with one project, at most 100 events waiting. */
async function writeBehind() {
  const postgres = await EmbeddedPostgres.start({ dataDir, logger, onGivenUp: onFatal });
  closing.push(() => postgres.stop());
  await migrateDatabase(postgres.connection);
  const database = new Database(postgres.connection, logger);
  const writes = new WriteBehind({ database, nodeId: 'n', logger, maxPendingEvents: 100 });
  closing.push(() => database[Symbol.asyncDispose]());
  closing.push(() => writes.close());
  const apiKeys = new ApiKeys({ database, writes, defaultMaxBrowsers: 1, canCache: () => false });
  const { id } = await new Projects(database, apiKeys, { maxBrowsers: 1, maxTasks: 1 }).default();
  return { postgres, database, writes, projectId: id };
}

describe('WriteBehind', () => {
  it('should write in one transaction what comes bit by bit, until somebody waits for it', async () => {
    const { writes, database, projectId } = await writeBehind();
    const browser = recordOf(projectId);
    const transactions = async () => {
      const { rows } = await database.run((queries) => queries.execute('select distinct xmin::text as id from carrel.browser_events'));
      return rows.length;
    };
    const append = (id: number) => {
      writes.putBrowser(browser);
      writes.appendEvent(browser.id, event(id));
    };
    for (let id = 1; id <= 4; id++) {
      append(id);
      await nextTurn();
    }
    await writes.flush();
    expect(await transactions()).toBe(1);
    for (let id = 5; id <= 7; id++) {
      append(id);
      await writes.flush();
    }
    expect(await transactions()).toBe(4);
    append(8);
    await expect.poll(transactions, { timeout: 10_000 }).toBe(5); // without anybody waiting
  });

  it('should drop the oldest events, and never a browser, when the database is away for too long', async () => {
    const { postgres, writes, database, projectId } = await writeBehind();

    await postgres.stop();
    const browsers = Array.from({ length: 300 }, () => recordOf(projectId));
    for (const browser of browsers) writes.putBrowser(browser);
    const watched = browsers[0] as BrowserRecord;
    for (let id = 1; id <= 150; id++) writes.appendEvent(watched.id, event(id));
    await expect(writes.flush(AbortSignal.timeout(100))).rejects.toMatchObject({ code: 'store_unavailable' });

    const second = await EmbeddedPostgres.start({ dataDir, logger, onGivenUp: onFatal });
    closing.unshift(() => second.stop());
    await writes.flush();
    expect(writes.pendingCount).toBe(0);
    const count = await database.run((queries) => queries.execute('select count(*)::int as count from carrel.browsers'));
    expect(count.rows).toEqual([{ count: 300 }]);
    const kept = await database.run((queries) => queries.execute('select id from carrel.browser_events order by id'));
    expect(kept.rows.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, index) => index + 51));
  });
});
