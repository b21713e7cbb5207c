import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BrowserProfileRequest, CarrelError, newId } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cookiesOf, newSnapshot } from './testing/snapshots.js';
import { TestDatabase, type TestServer } from './testing/test-database.js';

let database: TestDatabase;
const homes: string[] = [];

beforeAll(async () => {
  database = await TestDatabase.start();
});
afterEach(async () => {
  await database.closeServers();
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});
afterAll(() => database[Symbol.asyncDispose]());

function snapshot(cookies: Record<string, string>, bytes?: number) {
  const made = newSnapshot(cookies, bytes);
  homes.push(made.home);
  return made;
}

const about = (changes: { browserId?: string; endUserId?: string | null; waitMs?: number; signal?: AbortSignal } = {}) => ({
  browserId: newId('browser'),
  endUserId: null,
  waitMs: 0,
  signal: new AbortController().signal,
  ...changes,
});

const attach = ({ profiles, project }: TestServer, request: BrowserProfileRequest, changes: Parameters<typeof about>[0] = {}) =>
  profiles.attach(project, request, about(changes));

/** What a browser does from its start to its end. */
async function visit(server: TestServer, id: string, cookies: Record<string, string>) {
  await using attached = await attach(server, { id, persist: true });
  return await attached.save(snapshot(cookies), 'close');
}

async function cookiesIn(server: TestServer, id: string, version?: number) {
  await using attached = await attach(server, { id, ...(version !== undefined && { version }) });
  return await cookiesOf(await attached.open());
}

async function versionsOf({ profiles, project }: TestServer, id: string) {
  return (await profiles.versions(project, id, { limit: 100 })).data;
}

const actorOf = ({ project }: TestServer) => ({ ...project, apiKeyId: newId('apiKey') });
const filesOf = ({ dataDir }: TestServer) => readdirSync(join(dataDir, 'profiles'));
const make = ({ profiles, project }: TestServer, request = {}) => profiles.create(project, request);

describe('A profile', () => {
  it('should be made, found, changed and listed by its project alone', async () => {
    const server = await database.open();
    const { profiles, project, store } = server;
    const stranger = { projectId: (await store.projects.create({ name: 'other' })).id };
    const made = await make(server, { name: 'mine', endUserId: 'u1', metadata: { a: 'b' } });
    expect(made).toMatchObject({ name: 'mine', endUserId: 'u1', keepVersions: 10, currentVersion: null, sizeBytes: 0, heldBy: [] });
    expect(await profiles.get(project, made.id)).toEqual(made);
    const changed = await profiles.update(project, made.id, { metadata: {}, keepVersions: 3 });
    expect(changed).toMatchObject({ name: 'mine', metadata: {}, keepVersions: 3, createdAt: made.createdAt });
    expect((await profiles.list(project, { limit: 50, endUserId: 'u1' })).data).toEqual([changed]);
    expect((await profiles.list(project, { limit: 50, name: 'other' })).data).toEqual([]);
    for (const attempt of [
      () => profiles.get(stranger, made.id),
      () => profiles.update(stranger, made.id, { name: 'x' }),
      () => profiles.delete({ ...stranger, apiKeyId: 'key_x' }, made.id),
      () => profiles.versions(stranger, made.id, { limit: 1 }),
      () => profiles.restore(stranger, made.id, 1),
      () => profiles.contents(stranger, made.id),
      () => profiles.attach(stranger, { id: made.id }, about()),
      () => profiles.attach(stranger, { id: made.id, persist: true }, about()),
    ]) {
      await expect(attempt(), String(attempt)).rejects.toMatchObject({ code: 'not_found' });
    }
    await profiles.delete(actorOf(server), made.id);
  });

  it('should have a name like no other of its project, until it is deleted', async () => {
    const server = await database.open();
    const { profiles, project } = server;
    const [first, second] = [await make(server, { name: 'n' }), await make(server, { name: 'o' })];
    await expect(make(server, { name: 'n' })).rejects.toMatchObject({ code: 'conflict' });
    await expect(profiles.update(project, second.id, { name: 'n' })).rejects.toMatchObject({ code: 'conflict' });
    await profiles.delete(actorOf(server), first.id);
    expect((await profiles.update(project, second.id, { name: 'n' })).name).toBe('n');
    expect((await profiles.update(project, second.id, { name: null })).name).toBeNull();
  });

  it('should give to the next browser what the last one saved, also on another server with the same keys and store', async () => {
    const masterKeys = [Buffer.alloc(32, 7)];
    const server = await database.open({ masterKeys });
    const { id } = await make(server);
    expect(await cookiesIn(server, id)).toBeNull();
    expect(await visit(server, id, { sid: '1' })).toMatchObject({ version: 1, basedOn: null, source: 'close', isCurrent: true });
    expect(await visit(server, id, { sid: '2' })).toMatchObject({ version: 2, basedOn: 1, kind: 'headless-shell' });
    const { DirectoryStore } = await import('./directory-store.js');
    const other = await database.open({ masterKeys, archives: new DirectoryStore(join(server.dataDir, 'profiles')) });
    expect(await cookiesIn(other, id)).toEqual({ sid: '2' });
    expect(await cookiesIn(other, id, 1)).toEqual({ sid: '1' });
    await expect(cookiesIn(other, id, 3)).rejects.toMatchObject({ code: 'not_found' });
    await database.forgetMasterKey();
    const foreign = await database.open({ masterKeys: [Buffer.alloc(32, 8)] });
    for (const attempt of [
      () => attach(foreign, { id }),
      () => attach(foreign, { id, persist: true }),
      () => foreign.profiles.contents(server.project, id),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'profile_key_missing' });
    }
    expect((await server.profiles.get(server.project, id)).heldBy).toEqual([]);
  });

  it('should show what it holds, and never a value', async () => {
    const server = await database.open();
    const { id } = await make(server);
    await expect(server.profiles.contents(server.project, id)).rejects.toMatchObject({ code: 'not_found' });
    await visit(server, id, { sid: 'VALUE-1' });
    const contents = await server.profiles.contents(server.project, id);
    expect(contents).toMatchObject({
      version: 1,
      cookies: [{ name: 'sid', domain: 'example.com', httpOnly: true }],
      permissions: [{ origin: 'https://example.com', name: 'geolocation', setting: 'granted' }],
      tabs: [{ url: 'https://example.com/', sessionStorage: 1 }],
    });
    expect(JSON.stringify(contents)).not.toMatch(/VALUE|secret/);
  });

  it('should hold nothing in the database or the store that can be read without its key', async () => {
    const server = await database.open();
    const { id } = await make(server);
    await using attached = await attach(server, { id, persist: true });
    await attached.keepExit([{ server: 'http://proxy.example:1', username: 'u', password: 'CANARY-PASSWORD' }]);
    await attached.save(snapshot({ 'CANARY-NAME': 'CANARY-VALUE' }), 'close');
    const [file] = filesOf(server);
    expect(readFileSync(join(server.dataDir, 'profiles', file as string), 'latin1')).not.toContain('CANARY');
    const pg = await import('pg');
    const client = new pg.default.Client({ connectionString: database.url });
    await client.connect();
    try {
      const { rows } = await client.query(
        'select p::text as p, v::text as v, wrapped_key, sealed_exit, sealed_contents from carrel.profiles p join carrel.profile_versions v on p.id = v.profile_id',
      );
      const text = rows
        .flatMap((row) => Object.values(row).map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value))))
        .join();
      expect(text).not.toContain('CANARY');
      expect(text).not.toContain('example.com');
    } finally {
      await client.end();
    }
    await using reader = await attach(server, { id });
    expect(reader.exit).toEqual({ proxies: [{ server: 'http://proxy.example:1', username: 'u', password: 'CANARY-PASSWORD' }] });
    await attached.keepExit(undefined);
    await using later = await attach(server, { id });
    expect(later.exit).toBeNull();
  });

  it('should refuse what of it was swapped with another', async () => {
    const server = await database.open();
    const [mine, theirs] = [await make(server), await make(server)];
    await visit(server, mine.id, { who: 'me' });
    await visit(server, theirs.id, { who: 'they' });
    const query = async (sql: string, ids: string[]) => {
      const pg = await import('pg');
      const client = new pg.default.Client({ connectionString: database.url });
      await client.connect();
      await client.query(sql, ids).finally(() => client.end());
    };
    const swap = (column: string) =>
      query(
        `update carrel.profile_versions m set ${column} = t.${column} from carrel.profile_versions t where m.profile_id = $1 and t.profile_id = $2`,
        [mine.id, theirs.id],
      );
    await visit(server, mine.id, { other: 'me' });
    await query(
      `update carrel.profile_versions m set sealed_contents = t.sealed_contents from carrel.profile_versions t
       where m.profile_id = $1 and t.profile_id = $1 and m.version = 1 and t.version = 2`,
      [mine.id],
    );
    await expect(server.profiles.contents(server.project, mine.id, 1)).rejects.toMatchObject({ code: 'profile_damaged' });
    await swap('sealed_contents');
    await expect(server.profiles.contents(server.project, mine.id)).rejects.toMatchObject({ code: 'profile_damaged' });
    await swap('object_name');
    await expect(cookiesIn(server, mine.id)).rejects.toMatchObject({ code: 'profile_foreign' });
    expect(await cookiesIn(server, theirs.id)).toEqual({ who: 'they' });
  });

  it('should be of one end user', async () => {
    const server = await database.open();
    const { id } = await make(server, { endUserId: 'u1' });
    for (const persist of [true, false]) {
      await expect(attach(server, { id, persist }, { endUserId: 'u2' })).rejects.toMatchObject({ code: 'end_user_mismatch' });
      await using same = await attach(server, { id, persist }, { endUserId: 'u1' });
      expect(same.endUserId).toBe('u1');
    }
    await using unnamed = await attach(server, { id });
    expect(unnamed.endUserId).toBe('u1');
    await using free = await attach(server, { id: (await make(server)).id }, { endUserId: 'u2' });
    expect(free.endUserId).toBe('u2');
  });

  it('should be unreadable once it is deleted, and leave a line in the log', async () => {
    const server = await database.open();
    const { id } = await make(server, { name: 'gone' });
    await visit(server, id, { sid: '1' });
    await using held = await attach(server, { id, persist: true });
    await expect(server.profiles.delete(actorOf(server), id)).rejects.toMatchObject({ code: 'profile_locked' });
    await held[Symbol.asyncDispose]();
    const actor = actorOf(server);
    await server.profiles.delete(actor, id);
    expect(filesOf(server)).toEqual([]);
    await expect(server.profiles.get(server.project, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(attach(server, { id })).rejects.toMatchObject({ code: 'not_found' });
    const { data } = await server.store.audit.list(server.project.projectId, { limit: 1 });
    expect(data).toMatchObject([{ action: 'profile.deleted', subject: id, apiKeyId: actor.apiKeyId, details: { name: 'gone' } }]);
  });

  it('should go with its project, archives and all', async () => {
    const server = await database.open();
    const projectId = (await server.store.projects.create({ name: 'short-lived' })).id;
    const { id } = await server.profiles.create({ projectId }, {});
    await visit({ ...server, project: { projectId } }, id, { sid: '1' });
    const remove = () => Promise.reject(new CarrelError('store_unavailable', 'away'));
    await expect(server.profiles.removeProject(projectId, remove)).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await cookiesIn({ ...server, project: { projectId } }, id)).toEqual({ sid: '1' });
    await server.profiles.removeProject(projectId, () => server.store.projects.delete(actorOf(server), projectId));
    expect(filesOf(server)).toEqual([]);
  });
});

describe('Versions', () => {
  it('should be kept as many as is said, and the rest be gone from the store', async () => {
    const server = await database.open();
    const { profiles, project } = server;
    const { id } = await make(server, { keepVersions: 3 });
    for (let n = 1; n <= 5; n++) await visit(server, id, { n: String(n) });
    expect((await versionsOf(server, id)).map(({ version }) => version)).toEqual([5, 4, 3]);
    expect(filesOf(server)).toHaveLength(3);
    const { data, nextCursor } = await profiles.versions(project, id, { limit: 2 });
    expect(data.map(({ isCurrent }) => isCurrent)).toEqual([true, false]);
    expect((await profiles.versions(project, id, { limit: 2, cursor: nextCursor as string })).data).toMatchObject([{ version: 3 }]);
    await expect(profiles.versions(project, id, { limit: 2, cursor: 'x' })).rejects.toMatchObject({ code: 'invalid_request' });
    const sizes = (await versionsOf(server, id)).map(({ sizeBytes }) => sizeBytes);
    expect((await profiles.get(project, id)).sizeBytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(await profiles.update(project, id, { keepVersions: 1 })).toMatchObject({ sizeBytes: sizes[0] });
    expect(filesOf(server)).toHaveLength(1);
  });

  it('should be restored as new ones of the same archive', async () => {
    const server = await database.open();
    const { profiles, project } = server;
    const { id } = await make(server, { keepVersions: 3 });
    for (const n of ['1', '2', '3']) await visit(server, id, { n });
    expect(await profiles.restore(project, id, 2)).toMatchObject({
      version: 4,
      source: 'restore',
      basedOn: 2,
      isCurrent: true,
      browserId: null,
    });
    expect(await cookiesIn(server, id)).toEqual({ n: '2' });
    expect(await profiles.contents(project, id)).toMatchObject({ version: 4, cookies: [{ name: 'n' }] });
    expect(filesOf(server)).toHaveLength(2); // 4 has the archive of 2; 1 is gone
    await visit(server, id, { n: '5' });
    await visit(server, id, { n: '6' });
    expect((await versionsOf(server, id)).map(({ version }) => version)).toEqual([6, 5, 4]);
    expect(await cookiesIn(server, id, 4)).toEqual({ n: '2' });
    await using _held = await attach(server, { id, persist: true });
    await expect(profiles.restore(project, id, 4)).rejects.toMatchObject({ code: 'profile_locked' });
    await expect(profiles.restore(project, id, 1)).rejects.toMatchObject({ code: 'profile_locked' });
  });

  it('should not be taken from under a browser that began from one, and go when it is done', async () => {
    const server = await database.open();
    const { id } = await make(server, { keepVersions: 1 });
    await visit(server, id, { n: '1' });
    const slow = await attach(server, { id, persist: true, onConflict: 'merge' });
    const quick = await attach(server, { id, persist: true, onConflict: 'merge' });
    await quick.save(snapshot({ n: '2' }), 'close');
    await quick[Symbol.asyncDispose]();
    expect((await versionsOf(server, id)).map(({ version }) => version)).toEqual([2, 1]);
    expect(await cookiesOf(await slow.open())).toEqual({ n: '1' });
    await slow[Symbol.asyncDispose]();
    expect((await versionsOf(server, id)).map(({ version }) => version)).toEqual([2]);
    expect(filesOf(server)).toHaveLength(1);
  });

  it('should be the newest for who only reads, when the one that was found is gone by then', async () => {
    const server = await database.open();
    const { id } = await make(server, { keepVersions: 1 });
    await visit(server, id, { n: '1' });
    await using reader = await attach(server, { id });
    await using given = await attach(server, { id, version: 1 });
    await visit(server, id, { n: '2' });
    expect(await cookiesOf(await reader.open())).toEqual({ n: '2' });
    expect(reader.version).toBe(2);
    await expect(given.open()).rejects.toMatchObject({ code: 'not_found' });
  });

  it('should take the place of what the same browser saved by itself before', async () => {
    const server = await database.open();
    const { id } = await make(server);
    await visit(server, id, { n: '1' });
    await using attached = await attach(server, { id, persist: true });
    for (const n of ['2', '3']) await attached.save(snapshot({ n }), 'automatic');
    await attached.save(snapshot({ n: '4' }), 'checkpoint');
    for (const n of ['5', '6']) await attached.save(snapshot({ n }), 'automatic');
    await attached.save(snapshot({ n: '7' }), 'close');
    expect((await versionsOf(server, id)).map(({ version, source }) => `${version} ${source}`)).toEqual([
      '7 close',
      '4 checkpoint',
      '1 close',
    ]);
    expect(filesOf(server)).toHaveLength(3);
  });

  it('should be within the caps, or name what is large', async () => {
    const server = await database.open({ maxBytes: 50_000, maxProjectBytes: 100_000 });
    const { id } = await make(server, { keepVersions: 2 });
    await using attached = await attach(server, { id, persist: true });
    await expect(attached.save(snapshot({}, 60_000), 'close')).rejects.toMatchObject({
      code: 'profile_too_large',
      details: { biggestOrigins: expect.any(Array) },
    });
    for (let n = 0; n < 4; n++) await attached.save(snapshot({ n: String(n) }, 40_000), 'close'); // the old ones make room
    await using other = await attach(server, { id: (await make(server)).id, persist: true });
    await expect(other.save(snapshot({}, 40_000), 'close')).rejects.toMatchObject({
      code: 'profile_too_large',
      message: expect.stringContaining('CARREL_PROFILES_MAX_BYTES'),
      details: { biggestOrigins: expect.any(Array), maxBytes: 100_000 },
    });
    expect(filesOf(server)).toHaveLength(2);
    await server.close();
    const stricter = await database.open({ dataDir: server.dataDir, maxBytes: 10_000 });
    expect(await cookiesIn(stricter, id)).toEqual({ n: '3' }); // what is kept can be opened
  });
});

describe('Holds', () => {
  it('should let one of twenty save that come at once', async () => {
    const server = await database.open();
    const { id } = await make(server);
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => attach(server, { id, persist: true })));
    const [winner, ...others] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(others).toEqual([]);
    const { heldBy } = await server.profiles.get(server.project, id);
    expect(heldBy).toMatchObject([{ exclusive: true }]);
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      const details = { browserId: heldBy[0]?.browserId, since: heldBy[0]?.since };
      expect(result.reason).toMatchObject({ code: 'profile_locked', details, message: expect.stringMatching(/waitMs.*merge/) });
    }
    await using reader = await attach(server, { id });
    await expect(reader.save(snapshot({}), 'close')).rejects.toMatchObject({ code: 'conflict' });
    await winner?.[Symbol.asyncDispose]();
    await winner?.[Symbol.asyncDispose]();
    await expect(winner?.save(snapshot({}), 'close')).rejects.toMatchObject({ code: 'conflict' });
    await using _next = await attach(server, { id, persist: true });
  });

  it('should be waited for in line, also across servers, and no longer than was said', async () => {
    const masterKeys = [Buffer.alloc(32, 3)];
    const [here, there] = [await database.open({ masterKeys }), await database.open({ masterKeys })];
    const { id } = await make(here);
    const held = await attach(there, { id, persist: true });
    await expect(attach(here, { id, persist: true }, { waitMs: 50 })).rejects.toMatchObject({ code: 'profile_locked' });
    const giveUp = new AbortController();
    const given = attach(here, { id, persist: true }, { waitMs: 60_000, signal: giveUp.signal });
    const order: string[] = [];
    const inTurn = async (name: string) => {
      await using _attached = await attach(here, { id, persist: true }, { waitMs: 20_000 });
      order.push(name);
    };
    const turns = ['first', 'second', 'third'].map((name) => inTurn(name));
    giveUp.abort(new Error('gave up'));
    await expect(given).rejects.toThrow('gave up');
    await expect(attach(here, { id, persist: true })).rejects.toMatchObject({ code: 'profile_locked' });
    expect(order).toEqual([]);
    await held[Symbol.asyncDispose]();
    await Promise.all(turns);
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('should not keep whoever wants one, or gives back another, waiting for a save that takes its time', async () => {
    let goOn: () => void = () => {};
    let reached: () => void = () => {};
    const isSealing = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const onStep = async (step: string) => {
      if (step !== 'sealing') return;
      reached();
      await held;
    };
    const server = await database.open({ onStep });
    const { id } = await make(server);
    const merging = { id, persist: true, onConflict: 'merge' } as const;
    const [slow, other] = [await attach(server, merging), await attach(server, merging)];
    const saving = slow.save(snapshot({ n: '1' }), 'close');
    await isSealing;
    const releasing = slow[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    const giveUp = new AbortController();
    const given = attach(server, { id, persist: true }, { signal: giveUp.signal });
    giveUp.abort(new Error('gave up'));
    await expect(given).rejects.toThrow('gave up');
    await expect(attach(server, { id, persist: true })).rejects.toMatchObject({ code: 'profile_locked' });
    const last = attach(server, { id, persist: true });
    goOn();
    await using _next = await last;
    await saving;
    await releasing;
  });

  it('should end with their server', async () => {
    const masterKeys = [Buffer.alloc(32, 3)];
    const [living, dying] = [await database.open({ masterKeys }), await database.open({ masterKeys })];
    const ids = [(await make(living)).id, (await make(living)).id, (await make(living)).id] as const;
    for (const id of ids) await attach(dying, { id, persist: true });
    for (const id of ids) await expect(attach(living, { id, persist: true })).rejects.toMatchObject({ code: 'profile_locked' });
    await expect(living.profiles.delete(actorOf(living), ids[0])).rejects.toMatchObject({ code: 'profile_locked' });
    await dying.close(); // without giving anything back, and the lock of its data directory is free
    await living.profiles.delete(actorOf(living), ids[0]);
    await using _attached = await attach(living, { id: ids[1], persist: true });
    expect((await living.profiles.get(living.project, ids[2])).heldBy).toEqual([]);
  });

  it('should end with their server at its next start', async () => {
    const dataDir = database.newDirectory();
    const server = await database.open({ dataDir });
    const { id } = await make(server);
    await attach(server, { id, persist: true });
    await server.close();
    await using _attached = await attach(await database.open({ dataDir }), { id, persist: true });
  });
});

describe('Savers of one profile', () => {
  it('should be merged, with what each saved in the history', async () => {
    const server = await database.open();
    const { id } = await make(server);
    await visit(server, id, { base: '1' });
    await using first = await attach(server, { id, persist: true });
    await using second = await attach(server, { id, persist: true, onConflict: 'merge' });
    expect(await second.save(snapshot({ base: '1', second: '2' }), 'close')).toMatchObject({ version: 2, source: 'close' });
    const merged = await first.save(snapshot({ base: '1', first: '3' }), 'close');
    expect(merged).toMatchObject({ version: 4, source: 'merge', basedOn: 3, mergedWith: 2, isCurrent: true });
    expect(await cookiesIn(server, id)).toEqual({ base: '1', first: '3', second: '2' });
    expect(await cookiesIn(server, id, 3)).toEqual({ base: '1', first: '3' });
    expect(await cookiesIn(server, id, 2)).toEqual({ base: '1', second: '2' });
    // The first goes on with its own state, and is merged again.
    await first.save(snapshot({ base: '1', first: '4' }), 'close');
    expect(await cookiesIn(server, id)).toEqual({ base: '1', first: '4', second: '2' });
    expect(readdirSync(homes.at(-1) as string)).toEqual(['user-data']);
  });

  it('should not lose anything when ten save at once', async () => {
    const server = await database.open();
    const { id } = await make(server, { keepVersions: 100 });
    const browsers = await Promise.all(Array.from({ length: 10 }, () => attach(server, { id, persist: true, onConflict: 'merge' })));
    await Promise.all(browsers.map((browser, n) => browser.save(snapshot({ [`c${n}`]: 'x' }), 'close')));
    for (const browser of browsers) await browser[Symbol.asyncDispose]();
    expect(Object.keys((await cookiesIn(server, id)) ?? {}).toSorted()).toEqual(browsers.map((_, n) => `c${n}`));
    expect(filesOf(server)).toHaveLength((await versionsOf(server, id)).length);
  });

  it('should keep their own when it is too large together with the other’s', async () => {
    const server = await database.open({ maxBytes: 50_000 });
    const { id } = await make(server);
    await using first = await attach(server, { id, persist: true });
    await using second = await attach(server, { id, persist: true, onConflict: 'merge' });
    const long = (name: string) => Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${name}${n}`, 'x'.repeat(100)]));
    await second.save(snapshot(long('second')), 'close');
    expect(await first.save(snapshot(long('first')), 'close')).toMatchObject({ version: 2, source: 'close', isCurrent: true });
    expect(Object.keys((await cookiesIn(server, id, 1)) ?? {})).toHaveLength(100);
  });

  it('should keep their own when a merge would be too much for the project', async () => {
    const opened = await database.open({ maxProjectBytes: 100_000 });
    const { id: projectId } = await opened.store.projects.create({ name: 'of little' });
    const server = { ...opened, project: { projectId } };
    const { id } = await make(server);
    await using first = await attach(server, { id, persist: true });
    await using second = await attach(server, { id, persist: true, onConflict: 'merge' });
    await second.save(snapshot({ second: '1' }, 40_000), 'close');
    expect(await first.save(snapshot({ first: '1' }, 40_000), 'close')).toMatchObject({ version: 2, source: 'close', isCurrent: true });
    expect(await cookiesIn(server, id)).toEqual({ first: '1' });
    expect(await cookiesIn(server, id, 1)).toEqual({ second: '1' });
    expect(filesOf(server)).toHaveLength(2);
  });

  it('should keep their own when what the other saved cannot be read any more', async () => {
    const server = await database.open();
    const { id } = await make(server);
    await using first = await attach(server, { id, persist: true });
    await using second = await attach(server, { id, persist: true, onConflict: 'merge' });
    await second.save(snapshot({ second: '1' }), 'close');
    const [file] = filesOf(server);
    writeFileSync(join(server.dataDir, 'profiles', file as string), 'damaged');
    expect(await first.save(snapshot({ first: '1' }), 'close')).toMatchObject({ version: 2, source: 'close' });
    expect(await cookiesIn(server, id)).toEqual({ first: '1' });
  });

  it('should lose nothing when the hold of one was taken for that of a dead server', async () => {
    const server = await database.open();
    const { id } = await make(server, { keepVersions: 1 });
    await visit(server, id, { base: '1' });
    const browserId = newId('browser');
    await using first = await attach(server, { id, persist: true }, { browserId });
    await server.store.profileHolds.release(browserId);
    for (const n of ['1', '2']) await visit(server, id, { base: '1', second: n }); // what both began from is pruned by then
    expect(await first.save(snapshot({ base: '1', first: '3' }), 'close')).toMatchObject({ source: 'merge' });
    expect(await cookiesIn(server, id)).toEqual({ base: '1', first: '3', second: '2' });
    expect((await server.profiles.get(server.project, id)).heldBy).toMatchObject([{ browserId, exclusive: false }]);
  });

  it('should make one version of what is written twice, as the answer to the first was lost', async () => {
    const server = await database.open();
    const { id } = await make(server);
    await visit(server, id, { n: '1' });
    const { profileVersions, nodeId } = server.store;
    const row = await profileVersions.row(id, 1);
    if (row === null) throw new Error('there is no version');
    const { profileId, version: _version, createdAt: _createdAt, ...rest } = row;
    const commit = {
      profileId,
      replaces: 1,
      own: { ...rest, objectName: 'own' },
      merged: { ...rest, objectName: 'merged', source: 'merge' as const },
      hold: { browserId: newId('browser'), nodeId },
      obsolete: [],
      cap: { maxBytes: 1e9, error: () => new CarrelError('profile_too_large', 'too large') },
    };
    const first = await profileVersions.commit(commit);
    expect(await profileVersions.commit(commit)).toEqual({ ...first, removed: [] });
    expect(first).toMatchObject({ own: { version: 2 }, current: { version: 3, basedOn: 2, isCurrent: true } });
    expect(await versionsOf(server, id)).toHaveLength(3);
    const { own, current } = first as Extract<typeof first, { kind: 'committed' }>;
    expect(await profileVersions.findCommitted(id, 'own', ['unused', 'merged'])).toEqual({ own, current });
    expect(await profileVersions.findCommitted(id, 'other', ['merged'])).toBeNull();
  });

  it('should be told what they saved, although something fails after that', async () => {
    let fails = false;
    const onStep = (step: string) => {
      if (fails && step === 'committed') throw new CarrelError('store_unavailable', 'away');
    };
    const server = await database.open({ onStep });
    const { id } = await make(server);
    await using first = await attach(server, { id, persist: true });
    await using second = await attach(server, { id, persist: true, onConflict: 'merge' });
    await second.save(snapshot({ second: '1' }), 'close');
    fails = true;
    expect(await first.save(snapshot({ first: '1' }), 'checkpoint')).toMatchObject({ version: 3, source: 'merge', mergedWith: 1 });
    expect(await first.save(snapshot({ first: '2' }), 'close')).toMatchObject({ version: 5, source: 'merge', mergedWith: 3 });
    expect(await cookiesIn(server, id)).toEqual({ first: '2', second: '1' });
    expect(await versionsOf(server, id)).toHaveLength(5);
    expect(filesOf(server)).toHaveLength(5);
  });

  it('should go on from an old version without taking back what came after it', async () => {
    const server = await database.open();
    const { id } = await make(server);
    await visit(server, id, { good: '1' });
    await visit(server, id, { bad: '2' });
    await using attached = await attach(server, { id, persist: true, version: 1 });
    await attached.save(snapshot({ good: '3' }), 'close');
    expect(await cookiesIn(server, id)).toEqual({ good: '3' });
  });
});

describe('The sweep', () => {
  it('should remove what nobody names for an hour, and nothing of another database', async () => {
    const server = await database.open();
    const { id } = await make(server);
    await visit(server, id, { sid: '1' });
    const [named] = filesOf(server);
    const prefix = `${server.project.projectId}.`;
    const old = new Date(Date.now() - 3_700_000);
    const put = (name: string, modifiedAt?: Date) => {
      const path = join(server.dataDir, 'profiles', name);
      writeFileSync(path, 'x');
      if (modifiedAt) utimesSync(path, modifiedAt, modifiedAt);
    };
    put(`${prefix}young`);
    put(`${prefix}old`, old);
    put(`${prefix}cut-off.new`, old);
    put('pj_other.old', old);
    utimesSync(join(server.dataDir, 'profiles', named as string), old, old);
    expect(await server.profiles.sweep()).toEqual({ deletedProfiles: 0, removedArchives: 2 });
    expect(filesOf(server).toSorted()).toEqual([named, `${prefix}young`, 'pj_other.old'].toSorted());
    expect(await cookiesIn(server, id)).toEqual({ sid: '1' });
  });
});
