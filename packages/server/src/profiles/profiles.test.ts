import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cookiesOf } from './testing/snapshots.js';
import { TestDatabase } from './testing/test-database.js';
import { about, actorOf, attach, cookiesIn, filesOf, make, removeSnapshots, snapshot, versionsOf, visit } from './testing/visits.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.start();
});
afterEach(async () => {
  await database.closeServers();
  removeSnapshots();
});
afterAll(() => database[Symbol.asyncDispose]());

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
