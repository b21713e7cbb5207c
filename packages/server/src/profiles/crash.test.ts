import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { newId } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { scaled } from '../../../browser/src/testing/scale.js';
import type { ArchiveStore } from './archive-store.js';
import { DirectoryStore } from './directory-store.js';
import { openArchiveStore } from './open-archive-store.js';
import type { ProfileStep } from './steps.js';
import type { DyingTask } from './testing/dying-server.js';
import { type S3Server, startS3Server } from './testing/s3-server.js';
import { cookiesOf, newSnapshot } from './testing/snapshots.js';
import { TestDatabase, type TestServer, type TestServerOptions } from './testing/test-database.js';

/** What a process of its own runs is the build: `npm run build` makes it. */
const dyingServer = fileURLToPath(new URL('../../dist/profiles/testing/dying-server.js', import.meta.url));
const MASTER_KEY = Buffer.alloc(32, 5);
/** At which steps things are killed: `npm run proof` has all of them, `npm test` those before and after the one that counts. */
const some = <T>(all: readonly T[], ...few: T[]): readonly T[] => scaled<readonly T[]>(few, all);
const SAVE = some<ProfileStep>(['sealing', 'stored', 'committing', 'committed', 'pruned'], 'stored', 'committed');
const MERGE = some<ProfileStep>(['merging', 'merged', 'committing', 'committed', 'pruned'], 'merged', 'committed');
const DELETION = some<ProfileStep>(['key_destroyed', 'archives_deleted', 'deleted'], 'key_destroyed');
const ROTATION = some(['renewed', 'batch', 'rewrapped'], 'batch');

let database: TestDatabase;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await TestDatabase.start();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await database.closeServers();
});
afterAll(() => database[Symbol.asyncDispose]());

const open = (options: TestServerOptions = {}) => database.open({ masterKeys: [MASTER_KEY], ...options });

const attach = ({ profiles, project }: TestServer, id: string, waitMs = 0) =>
  profiles.attach(
    project,
    { id, persist: true },
    { browserId: newId('browser'), endUserId: null, waitMs, signal: AbortSignal.timeout(30_000) },
  );

/** A profile with one version, of the cookie `n=1`. */
async function profileWithVersion(server: TestServer, keepVersions = 1): Promise<string> {
  const { id } = await server.profiles.create(server.project, { keepVersions });
  await using attached = await attach(server, id);
  await attached.save(newSnapshot({ n: '1' }, 100, database.newDirectory()), 'close');
  return id;
}

async function cookiesIn(server: TestServer, id: string) {
  // The hold of a dead server is no hold, once the database has noticed that it is dead.
  await using attached = await attach(server, id, 20_000);
  return await cookiesOf(await attached.open());
}

/** What is in the store once all that was left over is old enough to be swept. */
async function archivesAfterSweep(server: TestServer, directory: string): Promise<string[]> {
  const anHourAgo = new Date(Date.now() - 3_700_000);
  for (const name of readdirSync(directory)) utimesSync(join(directory, name), anHourAgo, anHourAgo);
  await server.profiles.sweep();
  return readdirSync(directory);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Lets a server in a process of its own begin something, and kills it at a step. */
async function dieAt(task: Omit<DyingTask, 'databaseUrl' | 'home'>): Promise<void> {
  const argument: DyingTask = { ...task, databaseUrl: database.url, home: database.newDirectory() };
  const child = spawn(process.execPath, [dyingServer, JSON.stringify(argument)], { stdio: ['ignore', 'pipe', 'inherit'] });
  closing.push(() => kill(child));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  expect(line, 'the step is reached; is the build up to date?').toBe('reached');
  await kill(child);
}

describe('A server that is killed', () => {
  const dying = (server: TestServer, profileId: string) => ({
    dataDir: database.newDirectory(),
    masterKey: MASTER_KEY.toString('hex'),
    archives: join(server.dataDir, 'profiles'),
    profileId,
  });

  it.each(SAVE)('should leave the last version whole and nothing else when a save was at "%s"', async (step) => {
    const server = await open();
    const id = await profileWithVersion(server);
    await dieAt({ ...dying(server, id), what: 'save', step });
    const isCommitted = step === 'committed' || step === 'pruned';
    expect(await cookiesIn(server, id)).toEqual({ n: isCommitted ? '2' : '1' });
    expect(await archivesAfterSweep(server, join(server.dataDir, 'profiles'))).toHaveLength(1);
    expect(await cookiesIn(server, id)).toEqual({ n: isCommitted ? '2' : '1' });
  });

  it.each(MERGE)('should leave the last version whole and nothing else when a merge was at "%s"', async (step) => {
    const server = await open();
    const id = await profileWithVersion(server);
    await dieAt({ ...dying(server, id), what: 'merge', step });
    const isCommitted = step === 'committed' || step === 'pruned';
    expect(await cookiesIn(server, id)).toEqual({ n: isCommitted ? '2' : '1', theirs: '1' });
    expect(await archivesAfterSweep(server, join(server.dataDir, 'profiles'))).toHaveLength(1);
  });

  it.each(DELETION)(
    'should leave nothing that can be read when a deletion was at "%s", and nothing at all after the sweep',
    async (step) => {
      const server = await open();
      const id = await profileWithVersion(server);
      await dieAt({ ...dying(server, id), what: 'delete', step });
      await expect(attach(server, id)).rejects.toMatchObject({ code: 'not_found' });
      await server.profiles.sweep();
      expect(readdirSync(join(server.dataDir, 'profiles'))).toEqual([]);
      expect(await server.store.profiles.halfDeleted()).toEqual([]);
    },
  );

  it.each(ROTATION)('should open every profile after it when a rotation was at "%s"', async (step) => {
    const dataDir = database.newDirectory();
    const first = await database.open({ dataDir });
    const ids = [await profileWithVersion(first), await profileWithVersion(first)];
    await first.close();
    await dieAt({ dataDir, masterKey: null, archives: join(dataDir, 'profiles'), profileId: '', what: 'rotate', step });
    const server = await database.open({ dataDir });
    for (const id of ids) expect(await cookiesIn(server, id)).toEqual({ n: '1' });
    const [current = ''] = readFileSync(join(dataDir, 'master.key'), 'latin1').split('\n');
    await server.close();
    writeFileSync(join(dataDir, 'master.key'), `${current}\n`); // the next start has brought the rotation to its end
    const after = await database.open({ dataDir });
    for (const id of ids) expect(await cookiesIn(after, id)).toEqual({ n: '1' });
  });
});

describe('A database that is killed', () => {
  it.each(SAVE)('should not keep a save from its end when it happens at "%s"', async (step) => {
    let isArmed = false;
    const onStep = (reached: ProfileStep) => {
      if (!isArmed || reached !== step) return;
      isArmed = false;
      process.kill(Number.parseInt(readFileSync(join(database.directory, 'postgres', 'postmaster.pid'), 'utf8'), 10), 'SIGKILL');
    };
    const server = await open({ onStep });
    const id = await profileWithVersion(server);
    {
      await using attached = await attach(server, id);
      isArmed = true;
      expect(await attached.save(newSnapshot({ n: '2' }, 100, database.newDirectory()), 'close')).toMatchObject({ version: 2 });
    }
    expect(isArmed).toBe(false);
    // A connection may last a moment longer than the database, and break under whoever asks next.
    await expect.poll(() => cookiesIn(server, id), { timeout: 20_000 }).toEqual({ n: '2' });
    expect(readdirSync(join(server.dataDir, 'profiles'))).toHaveLength(1);
  });
});

interface BreakableStore {
  readonly archives: ArchiveStore;
  fail(): Promise<void>;
  mend(): Promise<void>;
}

function breakableDirectory(): BreakableStore {
  const directory = join(database.newDirectory(), 'profiles');
  return {
    archives: new DirectoryStore(directory),
    fail: async () => {
      if (existsSync(directory)) renameSync(directory, `${directory}.away`);
      writeFileSync(directory, 'something else');
    },
    mend: async () => {
      rmSync(directory);
      renameSync(`${directory}.away`, directory);
    },
  };
}

async function breakableS3(): Promise<BreakableStore> {
  const directory = database.newDirectory();
  let server: S3Server = await startS3Server(directory);
  closing.push(async () => await server[Symbol.asyncDispose]());
  const settings = { dataDir: database.newDirectory(), s3Endpoint: server.endpoint, s3Region: 'us-east-1', s3PathStyle: true };
  return {
    archives: await openArchiveStore({ ...settings, profileStore: new URL(`s3://${server.bucket}/${newId('request')}`) }),
    fail: async () => await server[Symbol.asyncDispose](),
    mend: async () => {
      server = await startS3Server(directory, Number(new URL(server.endpoint).port));
    },
  };
}

describe.each([
  ['a directory', breakableDirectory],
  ['S3', breakableS3],
] as const)('A store in %s that breaks', (_name, make) => {
  interface Broken {
    readonly isMerge?: boolean;
    readonly source?: 'close' | 'checkpoint';
    /** It works again when that is tried once more. */
    readonly mends?: boolean;
  }

  async function saveWithBroken(step: ProfileStep, { isMerge = false, source = 'close', mends = false }: Broken = {}) {
    const store = await make();
    let isArmed = false;
    let isBroken = false;
    const onStep = async (reached: ProfileStep) => {
      if (reached !== step || (!isArmed && !(isBroken && mends))) return;
      await (isArmed ? store.fail() : store.mend());
      isBroken = isArmed;
      isArmed = false;
    };
    const server = await open({ archives: store.archives, onStep, patienceMs: mends ? 20_000 : 1 });
    const id = await profileWithVersion(server, 3);
    const shared = { id, persist: true, onConflict: 'merge' } as const;
    const about = () => ({ browserId: newId('browser'), endUserId: null, waitMs: 0, signal: new AbortController().signal });
    const mine = await server.profiles.attach(server.project, shared, about());
    if (isMerge) {
      await using theirs = await server.profiles.attach(server.project, shared, about());
      await theirs.save(newSnapshot({ n: '1', theirs: '1' }, 100, database.newDirectory()), 'close');
    }
    isArmed = true;
    const saving = mine.save(newSnapshot({ n: '2' }, 100, database.newDirectory()), source);
    const failure = await saving.then(
      () => null,
      (error: unknown) => error,
    );
    expect([isArmed, isBroken]).toEqual([false, !mends]);
    if (isBroken) await store.mend();
    await mine[Symbol.asyncDispose]();
    return { server, id, failure };
  }

  it.each(['close', 'checkpoint'] as const)('should fail a %s that it cannot take, and keep the last version whole', async (source) => {
    const { server, id, failure } = await saveWithBroken('sealing', { source });
    expect(failure).toMatchObject({ code: 'profile_store_unavailable' });
    expect(await cookiesIn(server, id)).toEqual({ n: '1' });
  });

  it('should not matter to the end of a browser when it works again soon enough', async () => {
    const { server, id, failure } = await saveWithBroken('sealing', { mends: true });
    expect(failure).toBeNull();
    expect(await cookiesIn(server, id)).toEqual({ n: '2' });
  });

  it('should not keep what two browsers saved from being merged at the end of the second when it works again soon enough', async () => {
    const { server, id, failure } = await saveWithBroken('merging', { isMerge: true, mends: true });
    expect(failure).toBeNull();
    expect(await cookiesIn(server, id)).toEqual({ n: '2', theirs: '1' });
  });

  it.each(['stored', 'committing', 'committed'] as const)('should not matter to a save that is at "%s"', async (step) => {
    const { server, id, failure } = await saveWithBroken(step);
    expect(failure).toBeNull();
    expect(await cookiesIn(server, id)).toEqual({ n: '2' });
  });

  it('should fail a merge that it cannot give the other for while there is a next time, and keep what the other saved whole', async () => {
    const { server, id, failure } = await saveWithBroken('merging', { isMerge: true, source: 'checkpoint' });
    expect(failure).toMatchObject({ code: 'profile_store_unavailable' });
    expect(await cookiesIn(server, id)).toEqual({ n: '1', theirs: '1' });
  });

  it('should lose nothing of a browser that has ended when it cannot give the other to merge with: both are in the history', async () => {
    const { server, id, failure } = await saveWithBroken('merging', { isMerge: true });
    expect(failure).toBeNull();
    expect(await cookiesIn(server, id)).toEqual({ n: '2' });
    const { data } = await server.profiles.versions(server.project, id, { limit: 10 });
    expect(data.map(({ version, isCurrent }) => [version, isCurrent])).toEqual([
      [3, true],
      [2, false],
      [1, false],
    ]);
  });
});
