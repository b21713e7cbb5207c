import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserEvent, type BrowserProfile, CarrelError, newId, SCOPES } from '@carrel/protocol';
import pg from 'pg';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiKeyFile } from '../settings/index.js';
import { EmbeddedPostgres } from './postgres/index.js';
import { Store, type StoreOptions } from './store.js';
import { prepareDatabase } from './testing/prepared-database.js';
import type { BrowserRecord } from './write-batch.js';

const logger = pino({ level: process.env.CARREL_TEST_LOG ?? 'silent' });
const onFatal = (error: CarrelError) => {
  throw error;
};

/** One Postgres for the file, a database of its own for each test: this is how DATABASE_URL is used. */
let postgres: EmbeddedPostgres;
let postgresDir: string;
let databaseUrl: string;
let count = 0;
const directories: string[] = [];
const stores: Store[] = [];

beforeAll(async () => {
  postgresDir = mkdtempSync(join(tmpdir(), 'carrel-test-'));
  await prepareDatabase(postgresDir);
  postgres = await EmbeddedPostgres.start({ dataDir: postgresDir, logger, onGivenUp: onFatal });
});
afterAll(async () => {
  await postgres.stop();
  rmSync(postgresDir, { recursive: true, force: true });
});
beforeEach(async () => {
  databaseUrl = await newDatabase('postgres');
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const urlOf = (database: string) => `postgresql://carrel@/${database}?host=${encodeURIComponent(postgres.connection.host)}`;

/** @param template `postgres` has all tables, `template0` none */
async function newDatabase(template: 'postgres' | 'template0'): Promise<string> {
  const name = `test_${++count}`;
  await raw(`create database ${name} template ${template}`, urlOf('template1'));
  return urlOf(name);
}

async function raw(sql: string, connectionString = databaseUrl): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function newDataDir(): string {
  const directory = mkdtempSync(join(tmpdir(), 'carrel-test-'));
  directories.push(directory);
  return directory;
}

const MASTER_KEY = Buffer.alloc(32, 1);

async function open(options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await Store.open({
    dataDir: newDataDir(),
    databaseUrl,
    masterKeys: [MASTER_KEY],
    maxBrowsers: 20,
    maxTasks: 10,
    logger,
    onFatal,
    ...options,
  });
  stores.push(store);
  return store;
}

async function close(store: Store): Promise<void> {
  stores.splice(stores.indexOf(store), 1);
  await store.close();
}

async function profileIn({ profiles, defaultProject }: Store): Promise<string> {
  const of = { projectId: defaultProject.id, name: null, endUserId: null, metadata: {}, keepVersions: 10 };
  return (await profiles.create(of)).id;
}

/** Writes a version, as if a browser of the store's server had been saved. */
async function saveVersion(
  { profileVersions, nodeId }: Store,
  profileId: string,
  { browserId, source, replaces }: { browserId: string; source: 'checkpoint' | 'close'; replaces: number | null },
): Promise<void> {
  const archive = { objectName: newId('browser'), sizeBytes: 1, unpackedBytes: 1, sealedContents: Buffer.from('sealed') };
  const own = { ...archive, source, browserId, basedOn: replaces, mergedWith: null, kind: 'chromium' as const, browserVersion: '156' };
  const cap = { maxBytes: 1024, error: () => new CarrelError('profile_too_large', 'It is too large.') };
  await profileVersions.commit({ profileId, replaces, own, merged: null, hold: { browserId, nodeId }, obsolete: [], cap });
}

function record(store: Store, changes: Partial<BrowserRecord> = {}): BrowserRecord {
  return {
    id: newId('browser'),
    projectId: store.defaultProject.id,
    status: 'running',
    kind: 'headless-shell',
    browserVersion: '156.0.1.2',
    endUserId: null,
    isolation: { level: 'process', reasons: ['the next is not built yet'] },
    standby: 'awake',
    startup: 'cold',
    startupReason: null,
    createdAt: new Date().toISOString(),
    endedAt: null,
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    idleTimeoutSeconds: 300,
    maxDurationSeconds: 3600,
    reason: null,
    metadata: {},
    identity: {
      locale: 'en-US',
      languages: ['en-US', 'en'],
      timezone: 'UTC',
      userAgent: 'Mozilla/5.0',
      viewport: { width: 1280, height: 720 },
      screen: { width: 1920, height: 1080 },
      colorScheme: 'light',
      geolocation: null,
      rendering: 'varied',
      seed: 'a seed',
    },
    network: {
      exit: { type: 'direct', source: 'host', server: null, addresses: [], country: null, city: null, tags: [] },
      allow: null,
      deny: [],
    },
    profile: { id: newId('profile'), persist: true, version: 1, savedVersion: 2, error: { code: 'c', message: 'm' } },
    warnings: ['a warning'],
    needsHuman: null,
    ...changes,
  };
}

const event = (id: number, data: BrowserEvent['data'] = {}): BrowserEvent => ({
  id,
  type: 'tab.opened',
  createdAt: new Date().toISOString(),
  data,
});

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof CarrelError ? error.code : String(error)),
  );

describe('Store.open', () => {
  it('should make the tables once when many servers start at the same time', async () => {
    databaseUrl = await newDatabase('template0');
    const opened = await Promise.all([1, 2, 3, 4].map(() => open()));
    expect(new Set(opened.map(({ defaultProject }) => defaultProject.id)).size).toBe(1);
    expect(new Set(opened.map(({ nodeId }) => nodeId)).size).toBe(4);
    const { entries } = JSON.parse(readFileSync(new URL('../../migrations/meta/_journal.json', import.meta.url), 'utf8')) as {
      entries: unknown[];
    };
    expect(await raw('select count(*)::int as count from carrel_migrations.done')).toEqual([{ count: entries.length }]);
  });

  it('should refuse a second server of one data directory and let it in when the first has closed', async () => {
    const dataDir = newDataDir();
    const first = await open({ dataDir });
    const refusal = await open({ dataDir }).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'conflict', message: expect.stringContaining(`process ${process.pid} on`) });
    await close(first);
    expect((await open({ dataDir })).nodeId).toBe(first.nodeId);
  });

  it('should refuse tables of a newer version', async () => {
    await close(await open());
    await raw(`insert into carrel_migrations.done (hash, created_at) values ('x', 9999999999999)`);
    const refusal = await open().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'internal', message: expect.stringContaining('newer version of Carrel') });
  });

  it('should say that the database cannot be reached', async () => {
    expect(await codeOf(open({ databaseUrl: 'postgres://127.0.0.1:1/nothing' }))).toBe('store_unavailable');
  });

  it('should make a key on the first start and keep it, readable to its owner only', async () => {
    const dataDir = newDataDir();
    const first = await open({ dataDir });
    const secret = readFileSync(apiKeyFile(dataDir), 'utf8').trim();
    expect(secret).toMatch(/^ck_[A-Za-z0-9_-]{43}$/);
    expect(statSync(apiKeyFile(dataDir)).mode & 0o777).toBe(0o600);
    expect(await first.apiKeys.verify(secret)).toMatchObject({ projectId: first.defaultProject.id, scopes: Object.keys(SCOPES) });
    await close(first);
    const second = await open({ dataDir });
    expect(await second.apiKeys.verify(secret)).not.toBeNull();
    expect(readFileSync(apiKeyFile(dataDir), 'utf8').trim()).toBe(secret);
  });

  it('should let the key of CARREL_API_KEY in until it is another or none', async () => {
    const dataDir = newDataDir();
    const isGood = async (apiKey: string | undefined, secret: string) => {
      const store = await open({ dataDir, apiKey });
      const key = await store.apiKeys.verify(secret);
      await close(store);
      return key !== null;
    };
    const [a, b] = ['a'.repeat(16), 'b'.repeat(16)];
    expect(await isGood(a, a)).toBe(true);
    expect(await isGood(b, a)).toBe(false);
    expect(await isGood(a, a)).toBe(true);
    expect(await isGood(undefined, a)).toBe(false);
  });

  it('should leave a revoked CARREL_API_KEY revoked', async () => {
    const dataDir = newDataDir();
    const apiKey = 'a'.repeat(16);
    const first = await open({ dataDir, apiKey });
    const key = await first.apiKeys.verify(apiKey);
    await first.apiKeys.revoke(first.defaultProject.id, key?.id ?? '');
    await close(first);
    expect(await (await open({ dataDir, apiKey })).apiKeys.verify(apiKey)).toBeNull();
  });

  it('should make a token for one browser that no other and no other master key accepts', async () => {
    const store = await open();
    const other = await open({ masterKeys: [Buffer.alloc(32, 2)], databaseUrl: await newDatabase('postgres') });
    const token = store.cdpToken('br_1');
    expect(store.isCdpToken('br_1', token)).toBe(true);
    expect(store.isCdpToken('br_2', token)).toBe(false);
    expect(store.isCdpToken('br_1', `${token}x`)).toBe(false);
    expect(store.isCdpToken('br_1', '')).toBe(false);
    expect(other.isCdpToken('br_1', token)).toBe(false);
  });
});

describe('API keys', () => {
  const read = { name: 'reader', scopes: ['browsers:read'] } as const;

  it('should know a key by its secret and keep only its hash', async () => {
    const store = await open();
    const { apiKey, secret } = await store.apiKeys.create({ projectId: store.defaultProject.id, ...read });
    expect(await store.apiKeys.verify(secret)).toEqual({
      id: apiKey.id,
      projectId: store.defaultProject.id,
      scopes: ['browsers:read'],
      maxBrowsers: 20,
      record: null,
    });
    expect(await store.apiKeys.verify(`${secret}x`)).toBeNull();
    expect(secret.startsWith(apiKey.hint.slice(0, -1))).toBe(true);
    expect(JSON.stringify(await raw('select *, secret_hash::text from carrel.api_keys'))).not.toContain(secret);
    const { data } = await store.apiKeys.list(store.defaultProject.id, { limit: 10 });
    const listed = data.find(({ id }) => id === apiKey.id);
    expect(listed).toEqual({ ...apiKey, lastUsedAt: expect.stringMatching(/:00\.000Z$/) });
  });

  it('should refuse a key that another server revoked', async () => {
    const [here, there] = await Promise.all([open(), open()]);
    const { apiKey, secret } = await here.apiKeys.create({ projectId: here.defaultProject.id, ...read });
    expect(await there.apiKeys.verify(secret)).not.toBeNull();
    await here.apiKeys.revoke(here.defaultProject.id, apiKey.id);
    expect(await here.apiKeys.verify(secret)).toBeNull();
    await expect.poll(() => there.apiKeys.verify(secret), { timeout: 10_000, interval: 5 }).toBeNull();
  });

  it('should know keys by heart only while it hears of revocations', async () => {
    const store = await open();
    const { secret } = await store.apiKeys.create({ projectId: store.defaultProject.id, ...read });
    const revokeUnheard = (at: string) => raw(`update carrel.api_keys set revoked_at = ${at} where name = 'reader'`);
    const isKnownByHeart = async () => {
      await revokeUnheard('null');
      await store.apiKeys.verify(secret);
      await revokeUnheard('now()');
      return (await store.apiKeys.verify(secret)) !== null;
    };
    // Not at once: the store may still have to hear of its own first key.
    await expect.poll(isKnownByHeart, { timeout: 10_000, interval: 5 }).toBe(true);
    await raw(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'carrel ________ %' and datname = current_database()`,
    );
    await expect.poll(() => store.apiKeys.verify(secret).catch(() => 'away'), { timeout: 10_000, interval: 5 }).toBeNull();
  });

  it('should learn no key by heart while it hears of no revocations', async () => {
    const store = await open();
    const { secret } = await store.apiKeys.create({ projectId: store.defaultProject.id, ...read });
    const blocker = new pg.Client({ connectionString: databaseUrl });
    await blocker.connect();
    try {
      // The blocker stands in line for the store's lock, and so keeps it from coming back.
      const { rows } = await blocker.query(`select pid, (classid::bigint << 32) | objid::bigint as key from pg_locks
        where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`);
      const blocked = blocker.query('select pg_advisory_lock($1)', [rows[0].key]);
      await expect.poll(() => raw(`select 1 from pg_locks where locktype = 'advisory' and not granted`), { interval: 5 }).toHaveLength(1);
      await raw(`select pg_terminate_backend(${rows[0].pid})`);
      await blocked;
      expect(await store.apiKeys.verify(secret)).not.toBeNull();
      await raw(`update carrel.api_keys set revoked_at = now() where name = 'reader'`);
      expect(await store.apiKeys.verify(secret)).toBeNull();
    } finally {
      await blocker.end();
    }
  });

  it('should find no key of another project, nor make one for a project that is not there', async () => {
    const store = await open();
    const project = await store.projects.create({ name: 'other' });
    const { apiKey } = await store.apiKeys.create({ projectId: project.id, ...read });
    expect(await codeOf(store.apiKeys.revoke(store.defaultProject.id, apiKey.id))).toBe('not_found');
    expect(await codeOf(store.apiKeys.create({ projectId: newId('project'), ...read }))).toBe('not_found');
    expect(await codeOf(store.apiKeys.create({ projectId: project.id, ...read, name: 'a\0b' }))).toBe('invalid_request');
  });

  it('should refuse the keys of a deleted project', async () => {
    const store = await open();
    const project = await store.projects.create({ name: 'other', maxBrowsers: 3 });
    const { secret } = await store.apiKeys.create({ projectId: project.id, ...read });
    expect((await store.apiKeys.verify(secret))?.maxBrowsers).toBe(3);
    await store.projects.update(project.id, { maxBrowsers: 4 });
    expect((await store.apiKeys.verify(secret))?.maxBrowsers).toBe(4);
    const operator = { projectId: store.defaultProject.id, apiKeyId: newId('apiKey') };
    await store.projects.delete(operator, project.id);
    expect(await store.apiKeys.verify(secret)).toBeNull();
    expect(await codeOf(store.projects.delete(operator, project.id))).toBe('not_found');
    expect(await codeOf(store.projects.delete(operator, store.defaultProject.id))).toBe('conflict');
  });
});

describe('Browsers and events', () => {
  it('should give back what was put, newest first, page by page', async () => {
    const store = await open();
    const at = (ms: number) => new Date(1_700_000_000_000 + ms).toISOString();
    // Two of the same millisecond: the cursor must part them.
    const records = [0, 1, 1, 2, 3].map((ms, index) =>
      record(store, { createdAt: at(ms), metadata: { n: String(index), odd: 'a\0b\ud800' }, status: index === 4 ? 'closed' : 'running' }),
    );
    for (const each of records) store.writes.putBrowser(each);
    const listed: BrowserRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.browsers.list(store.defaultProject.id, { limit: 3, cursor });
      listed.push(...page.data);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    const byAge = (a: BrowserRecord, b: BrowserRecord) => (a.createdAt + a.id < b.createdAt + b.id ? 1 : -1);
    expect(listed).toEqual(records.toSorted(byAge));
    const closed = await store.browsers.list(store.defaultProject.id, { limit: 10, status: 'closed' });
    expect(closed).toEqual({ data: [records[4]], nextCursor: null });
    expect(await codeOf(store.browsers.list(store.defaultProject.id, { limit: 1, cursor: 'bm9uc2Vuc2U' }))).toBe('invalid_request');
    expect(await store.browsers.get(newId('project'), records[0]?.id ?? '')).toBeNull();
  });

  it('should keep the newest state of a browser and its events in order', async () => {
    const store = await open();
    const browser = record(store, { status: 'starting' });
    store.writes.putBrowser(browser);
    for (let id = 1; id <= 2500; id++) store.writes.appendEvent(browser.id, event(id, { title: 'a\0b' }));
    store.writes.putBrowser({ ...browser, status: 'running' });
    expect((await store.browsers.get(browser.projectId, browser.id))?.status).toBe('running');
    const events = await store.events.list(browser.id, { after: 2400, limit: 1000 });
    expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, index) => 2401 + index));
    expect(events[0]?.data).toEqual({ title: 'a\0b' });
  });

  it('should mark what a dead server of its data directory left, and nobody else’s', async () => {
    const dataDir = newDataDir();
    const [first, other] = await Promise.all([open({ dataDir }), open()]);
    const [orphan, ended, foreign] = [
      record(first, { standby: 'asleep' }),
      record(first, { status: 'closed', endedAt: new Date().toISOString() }),
      record(other),
    ];
    first.writes.putBrowser(orphan);
    first.writes.appendEvent(orphan.id, event(1));
    first.writes.putBrowser(ended);
    other.writes.putBrowser(foreign);
    await Promise.all([first.writes.flush(), other.writes.flush()]);
    await close(first);
    const second = await open({ dataDir });
    expect(await second.browsers.failOrphans()).toEqual([orphan.id]);
    const left = { status: 'failed', standby: 'awake', reason: { code: 'server_died' } };
    expect(await second.browsers.get(orphan.projectId, orphan.id)).toMatchObject(left);
    const told = await second.events.list(orphan.id, { after: 1, limit: 10 });
    expect(told.map(({ id, type }) => [id, type])).toEqual([
      [2, 'profile.save_failed'],
      [3, 'browser.failed'],
    ]);
    expect((await second.browsers.get(ended.projectId, ended.id))?.status).toBe('closed');
    expect((await second.browsers.get(foreign.projectId, foreign.id))?.status).toBe('running');
    expect(await second.browsers.failOrphans()).toEqual([]);
  });

  it('should say of what a dead server left whether its profile was saved', async () => {
    const dataDir = newDataDir();
    const first = await open({ dataDir });
    const projectId = first.defaultProject.id;
    const profileId = await profileIn(first);
    const using = (changes: Partial<BrowserProfile> = {}) =>
      record(first, { profile: { id: profileId, persist: true, version: null, savedVersion: null, error: null, ...changes } });
    const [unsaved, saved, ended, reader] = [using(), using(), using({ version: 1 }), using({ persist: false })];
    const browsers = [unsaved, saved, ended, reader];
    for (const browser of browsers) first.writes.putBrowser(browser);
    // Both were saved, and the server died before the records said so.
    await saveVersion(first, profileId, { browserId: saved.id, source: 'checkpoint', replaces: null });
    await saveVersion(first, profileId, { browserId: ended.id, source: 'close', replaces: 1 });
    await first.writes.flush();
    await close(first);

    const second = await open({ dataDir });
    await second.browsers.failOrphans();
    const profileOf = async ({ id }: BrowserRecord) => (await second.browsers.get(projectId, id))?.profile;
    const typesOf = async ({ id }: BrowserRecord) => (await second.events.list(id, { after: 0, limit: 10 })).map(({ type }) => type);
    const lost = (what: string) => ({ code: 'browser_crashed', message: expect.stringContaining(what) });
    expect(await profileOf(unsaved)).toEqual({ ...unsaved.profile, error: lost('Nothing of it was saved.') });
    expect(await profileOf(saved)).toEqual({ ...saved.profile, savedVersion: 1, error: lost('is kept, as version 1.') });
    expect(await profileOf(ended)).toEqual({ ...ended.profile, savedVersion: 2 });
    expect(await profileOf(reader)).toEqual(reader.profile);
    const types = await Promise.all(browsers.map(typesOf));
    expect(types).toEqual([
      ['profile.save_failed', 'browser.failed'],
      ['profile.save_failed', 'browser.failed'],
      ['browser.failed'],
      ['browser.failed'],
    ]);
    const [told] = await second.events.list(saved.id, { after: 0, limit: 1 });
    expect(told?.data).toEqual((await profileOf(saved))?.error);
  });

  it('should lose only the change that the database refuses', async () => {
    const store = await open();
    const [good, bad, alsoGood] = [record(store), record(store, { projectId: newId('project') }), record(store)];
    for (const each of [good, bad, alsoGood]) {
      store.writes.putBrowser(each);
      store.writes.appendEvent(each.id, event(1));
    }
    await store.writes.flush();
    expect(await raw('select count(*)::int as count from carrel.browsers')).toEqual([{ count: 2 }]);
    expect(await raw('select count(*)::int as count from carrel.browser_events')).toEqual([{ count: 2 }]);
    expect(store.writes.pendingCount).toBe(0);
  });
});

describe('Idempotency', () => {
  const response = { status: 201, headers: { location: '/v1/browsers/br_1' }, body: '{"secret":"a-rather-secret-thing"}' };
  const requestOf = (store: Store, body: unknown = { kind: 'chromium', waitMs: 1 }, key = 'key-1') => ({
    projectId: store.defaultProject.id,
    key,
    operation: 'POST /v1/browsers',
    body,
  });

  async function claim(store: Store, body?: unknown) {
    const begun = await store.idempotency.begin(requestOf(store, body));
    if (begun.kind !== 'claim') throw new Error('expected a claim');
    return begun;
  }

  it('should answer a repeated request as the first time, and keep the answer encrypted', async () => {
    const store = await open();
    const browser = record(store);
    const first = await claim(store);
    expect(await codeOf(store.idempotency.begin(requestOf(store)))).toBe('idempotency_key_in_use');
    store.writes.putBrowser(browser);
    await first.complete(response);
    expect(await raw(`select id from carrel.browsers`)).toEqual([{ id: browser.id }]);
    // The same body with its keys in another order.
    expect(await store.idempotency.begin(requestOf(store, { waitMs: 1, kind: 'chromium' }))).toEqual({ kind: 'replay', response });
    expect(await codeOf(store.idempotency.begin(requestOf(store, { kind: 'headless-shell' })))).toBe('idempotency_key_reused');
    const [row] = await raw('select * from carrel.idempotency_keys');
    const kept = Buffer.concat([row?.response as Buffer, row?.request_hash as Buffer]);
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.includes('secret')).toBe(false);
  });

  it('should give one of many requests at the same time the claim', async () => {
    const store = await open();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => codeOf(store.idempotency.begin(requestOf(store)))));
    expect(outcomes.toSorted()).toEqual([...Array(7).fill('idempotency_key_in_use'), 'no error']);
  });

  it('should free the key of a request that did nothing', async () => {
    const store = await open();
    (await claim(store)).abandon();
    await store.writes.flush();
    await claim(store, { another: 'body' });
  });

  it('should keep projects apart', async () => {
    const store = await open();
    await (await claim(store)).complete(response);
    const project = await store.projects.create({ name: 'other' });
    expect((await store.idempotency.begin({ ...requestOf(store), projectId: project.id })).kind).toBe('claim');
  });

  it('should forget an answer after a day', async () => {
    const store = await open();
    await (await claim(store)).complete(response);
    await raw(`update carrel.idempotency_keys set expires_at = now() - interval '1 second'`);
    await claim(store, { another: 'body' });
    await raw(`update carrel.idempotency_keys set expires_at = now() - interval '1 second'`);
    await store.idempotency.prune();
    expect(await raw('select * from carrel.idempotency_keys')).toEqual([]);
  });

  it('should not be held up by what a dead server was answering', async () => {
    const dataDir = newDataDir();
    const first = await open({ dataDir });
    await claim(first);
    await close(first);
    await claim(await open({ dataDir }));
    const elsewhere = await open();
    expect(await codeOf(elsewhere.idempotency.begin(requestOf(elsewhere)))).toBe('idempotency_key_in_use');
    await raw(`update carrel.idempotency_keys set lease_until = now() - interval '1 second'`);
    await claim(elsewhere);
  });

  it('should say so when the master key is another one', async () => {
    const store = await open();
    await (await claim(store)).complete(response);
    await raw(`update carrel.idempotency_keys set response = set_byte(response, 40, 0)`);
    const failure = await store.idempotency.begin(requestOf(store)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'internal', message: expect.stringContaining('cannot be decrypted') });
  });
});
