import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BYTEWISE_COMPARATOR, writeLevelDb } from '../leveldb/index.js';
import { overlayLocalStorage } from '../overlay/index.js';
import type { ProfileSnapshot } from '../state.js';
import { mergeProfiles } from './index.js';

const STORAGE_KEY = 'https://a.example/';
const ORIGIN_ROW = 'ORIGIN:https_a.example_0';

/** What a browser that was taken over may leave, against a merge that runs as whoever the server is. */
describe('a profile that was made to be merged', () => {
  let root: string;
  let victim: string;
  let directory: string;

  const snapshot = (name: string): ProfileSnapshot => ({
    directory: join(root, name),
    state: {
      formatVersion: 1,
      savedAt: new Date().toISOString(),
      kind: 'headless-shell',
      browserVersion: '1',
      cookies: [],
      permissions: [],
      identity: {},
      tabs: null,
    },
  });
  const merge = async () => {
    // So that it is theirs that is taken.
    await overlayLocalStorage(join(root, 'theirs'), [{ storageKey: STORAGE_KEY, entries: [['a', 'the newest']] }], Date.now());
    return await mergeProfiles({ base: null, theirs: snapshot('theirs'), mine: snapshot('mine'), directory });
  };
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const buckets = (side: string, sql: string) => {
    mkdirSync(join(root, side, 'Default/WebStorage'), { recursive: true });
    const database = new sqlite.Database(join(root, side, 'Default/WebStorage/QuotaManager'));
    database.exec(sql);
    database.close();
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    victim = join(root, 'victim');
    put('victim/precious', 'precious');
    directory = join(root, 'merged');
    mkdirSync(directory);
    await overlayLocalStorage(join(root, 'mine'), [{ storageKey: STORAGE_KEY, entries: [['a', 'mine']] }], Date.now());
    await overlayLocalStorage(join(root, 'theirs'), [{ storageKey: STORAGE_KEY, entries: [['a', 'theirs']] }], Date.now());
  });
  afterEach(async () => {
    expect(await readFile(join(victim, 'precious'), 'utf8')).toBe('precious');
    expect(readdirSync(victim)).toEqual(['precious']);
    await rm(root, { recursive: true, force: true });
  });

  it.each(['mine', 'theirs'])('should not have a bucket of %s name a directory elsewhere', async (side) => {
    for (const each of ['mine', 'theirs']) {
      const id = each === side ? '../../../victim' : '1';
      buckets(
        each,
        `CREATE TABLE buckets (id TEXT, storage_key TEXT, name TEXT); INSERT INTO buckets VALUES ('${id}', '${STORAGE_KEY}', 'b')`,
      );
    }
    await expect(merge()).rejects.toMatchObject({ code: 'profile_damaged' });
  });

  it.each(['mine', 'theirs'])('should not have a file system of %s be a directory elsewhere', async (side) => {
    for (const each of ['mine', 'theirs']) {
      const name = each === side ? '../../../victim' : '000';
      writeLevelDb(join(root, each, 'Default/File System/Origins'), BYTEWISE_COMPARATOR, [
        { key: Buffer.from(ORIGIN_ROW), value: Buffer.from(name) },
      ]);
      put(`${each}/Default/File System/000/t/file`, each);
    }
    await merge();
    expect(readdirSync(directory, { recursive: true }).filter((path) => /victim|precious/.test(String(path)))).toEqual([]);
  });

  it('should not take what a link of theirs leads to', async () => {
    mkdirSync(join(root, 'theirs/Default/IndexedDB'), { recursive: true });
    symlinkSync(victim, join(root, 'theirs/Default/IndexedDB/https_a.example_0.indexeddb.leveldb'));
    await expect(merge()).rejects.toMatchObject({ code: 'profile_hostile' });
  });

  it('should not run what a schema of mine has SQLite do, other than in its own file', async () => {
    buckets(
      'mine',
      `CREATE TABLE buckets (id INTEGER PRIMARY KEY, storage_key TEXT, name TEXT);
       INSERT INTO buckets VALUES (1, '${STORAGE_KEY}', 'b');
       CREATE TRIGGER t AFTER DELETE ON buckets BEGIN SELECT writefile('${victim}/written', 'x'); END`,
    );
    await expect(merge()).rejects.toMatchObject({ code: 'profile_damaged', message: expect.stringContaining('writefile') });
  });
});
