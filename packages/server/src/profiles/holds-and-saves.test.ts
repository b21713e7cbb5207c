import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CarrelError, newId } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { TestDatabase } from './testing/test-database.js';
import { actorOf, attach, cookiesIn, filesOf, make, removeSnapshots, snapshot, versionsOf, visit } from './testing/visits.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await TestDatabase.start();
});
afterEach(async () => {
  await database.closeServers();
  removeSnapshots();
});
afterAll(() => database[Symbol.asyncDispose]());

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
    const last = snapshot({ base: '1', first: '4' });
    await first.save(last, 'close');
    expect(await cookiesIn(server, id)).toEqual({ base: '1', first: '4', second: '2' });
    expect(readdirSync(last.home)).toEqual(['user-data']);
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
