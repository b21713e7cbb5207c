import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cookiesOf, newSnapshot } from './testing/snapshots.js';
import { TestDatabase, type TestServer } from './testing/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await TestDatabase.start();
});
afterEach(() => database.closeServers());
afterAll(() => database[Symbol.asyncDispose]());

const actorOf = ({ project }: TestServer) => ({ ...project, apiKeyId: newId('apiKey') });

/** Saves a count in a cookie, in a browser of its own. */
async function save({ profiles, project }: TestServer, id: string, count: number): Promise<void> {
  const about = { browserId: newId('browser'), endUserId: null, waitMs: 10_000, signal: new AbortController().signal };
  await using attached = await profiles.attach(project, { id, persist: true }, about);
  await attached.save(newSnapshot({ count: String(count) }, 100, database.newDirectory()), 'close');
}

async function read({ profiles, project }: TestServer, id: string) {
  const about = { browserId: newId('browser'), endUserId: null, waitMs: 0, signal: new AbortController().signal };
  await using attached = await profiles.attach(project, { id }, about);
  return await cookiesOf(await attached.open());
}

const keysIn = (server: TestServer) => readFileSync(join(server.dataDir, 'master.key'), 'latin1').trim().split('\n');

describe('A rotation of the master key', () => {
  it('should be noticed by nobody who opens and saves meanwhile', async () => {
    const server = await database.open();
    const ids = await Promise.all(Array.from({ length: 4 }, async () => (await server.profiles.create(server.project, {})).id));
    let isOver = false;
    const counts = ids.map(async (id) => {
      let count = 0;
      while (!isOver) {
        await save(server, id, ++count);
        expect(await read(server, id)).toEqual({ count: String(count) });
        await server.profiles.contents(server.project, id);
      }
      return count;
    });
    const token = server.store.cdpToken('br_1');
    const keyIds: string[] = [];
    for (let n = 0; n < 10; n++) {
      keyIds.push((await server.store.keyRotation.rotate(actorOf(server))).keyId);
      await server.profiles.create(server.project, {});
    }
    isOver = true;
    const saved = await Promise.all(counts);
    expect(new Set(keyIds).size).toBe(10);
    for (const [index, id] of ids.entries()) expect(await read(server, id)).toEqual({ count: String(saved[index]) });
    expect(server.store.isCdpToken('br_1', token)).toBe(true);
    const { data } = await server.store.audit.list(server.project.projectId, { limit: 10 });
    expect(data.map(({ action, subject }) => `${action} ${subject}`)).toEqual(keyIds.toReversed().map((id) => `master_key.rotated ${id}`));
  });

  it('should wrap all keys anew, so that the newest opens them by itself', async () => {
    const dataDir = database.newDirectory();
    const server = await database.open({ dataDir });
    const ids = await Promise.all(Array.from({ length: 205 }, async () => (await server.profiles.create(server.project, {})).id));
    await save(server, ids[0] as string, 1);
    // Of the tests before on this database too, whose keys this server does not have.
    const rotating = server.store.keyRotation.rotate(actorOf(server));
    await expect(rotating).rejects.toMatchObject({ code: 'profile_key_missing', details: { rewrapped: 205 } });
    expect(keysIn(server)).toHaveLength(2);
    expect(statSync(join(dataDir, 'master.key')).mode & 0o777).toBe(0o600);
    await server.close();
    writeFileSync(join(dataDir, 'master.key'), `${keysIn(server)[0]}\n`);
    const after = await database.open({ dataDir });
    expect(await read(after, ids[0] as string)).toEqual({ count: '1' });
    for (const id of ids) after.store.profiles.key(await after.store.profiles.row(server.project.projectId, id));
  });

  it('should use the first of CARREL_MASTER_KEY, which servers get one after the other', async () => {
    const [old, young] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    const archives = { dataDir: database.newDirectory() };
    const before = await database.open({ ...archives, masterKeys: [old, young] });
    const { id } = await before.profiles.create(before.project, {});
    await save(before, id, 1);
    await before.close();
    const after = await database.open({ ...archives, masterKeys: [young, old] });
    const keyIdOf = async () => (await after.store.profiles.row(after.project.projectId, id)).masterKeyId;
    const oldKeyId = await keyIdOf();
    await expect(after.store.keyRotation.rotate(actorOf(after))).rejects.toMatchObject({ code: 'profile_key_missing' });
    expect(await keyIdOf()).not.toBe(oldKeyId);
    expect(await read(after, id)).toEqual({ count: '1' });
    await after.close();
    expect(await read(await database.open({ ...archives, masterKeys: [young] }), id)).toEqual({ count: '1' });
  });

  it('should drop a key a day later, and not while a profile needs it', async () => {
    const dataDir = database.newDirectory();
    const server = await database.open({ dataDir });
    const { id } = await server.profiles.create(server.project, {});
    await server.store.keyRotation.rotate(actorOf(server)).catch(() => {}); // for the profiles of other tests
    const [current, earlier = ''] = keysIn(server);
    await server.store.keyRotation.finish();
    expect(keysIn(server)).toEqual([current, earlier]);
    await server.close();
    const twoDaysAgo = new Date(Date.now() - 2 * 24 * 3_600_000).toISOString();
    writeFileSync(join(dataDir, 'master.key'), `${current}\n${earlier.split(' ')[0]} ${twoDaysAgo}\n`);
    const after = await database.open({ dataDir });
    expect(keysIn(after)).toEqual([current]);
    after.store.profiles.key(await after.store.profiles.row(after.project.projectId, id));
  });
});
