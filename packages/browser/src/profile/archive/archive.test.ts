import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { appendFile, mkdir, open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openArchive, sealArchive } from './index.js';
import { readTree, STATE, type TemporaryDirectory, temporaryDirectory, writeTree } from './testing/profile-directory.js';
import { MAX_BYTES, newOwner, sealTo, unpackTo } from './testing/sealed.js';

const MEBIBYTE = 1024 * 1024;

let temporary: TemporaryDirectory;
let [from, to, archive] = ['', '', ''];
beforeEach(async () => {
  temporary = await temporaryDirectory();
  [from, to, archive] = [join(temporary.path, 'from'), join(temporary.path, 'to'), join(temporary.path, 'archive')];
});
afterEach(() => temporary[Symbol.asyncDispose]());

const KEPT = {
  'Default/Local Storage/leveldb/000003.log': 'a log',
  'Default/Local Storage/leveldb/CURRENT': 'MANIFEST-000001\n',
  'Default/IndexedDB/https_example.com_0.indexeddb.leveldb/000003.log': randomBytes(1000),
  'Default/IndexedDB/https_example.com_0.indexeddb.blob/1/00/1': randomBytes(300_000),
  'Default/Service Worker/Database/MANIFEST-000001': 'a manifest',
  'Default/Service Worker/ScriptCache/0a1b2c_0': 'a script',
  'Default/Service Worker/CacheStorage/0a1b2c/7c5f/0_0': 'a response',
  'Default/File System/000/t/00/00000000': 'a file',
  'Default/WebStorage/QuotaManager': 'a database',
  'Default/WebStorage/QuotaManager-journal': 'what it was about to do',
  'Default/WebStorage/1/empty': '',
};
const NOT_KEPT = {
  'Local State': 'x',
  'Default/Cookies': 'x',
  'Default/History': 'x',
  'Default/Local Storage/leveldb/LOCK': '',
  'Default/Local Storage/leveldb/LOG': 'x',
  'Default/Local Storage/leveldb/LOG.old': 'x',
  'Default/Local Storage/other': 'x',
  'Default/Service Worker/ScriptCache/index-dir/the-real-index': 'an index',
  'Default/WebStorage/QuotaManager2-journal': '',
  'Default/Cache/Cache_Data/index': 'x',
};

describe('sealArchive, openArchive', () => {
  it('should bring back what is kept, byte by byte and to the microsecond, and nothing else', async () => {
    await writeTree(from, KEPT);
    const expected = await readTree(from);
    await writeTree(from, NOT_KEPT);
    const owner = newOwner();
    await sealTo(archive, from, owner);
    expect(await unpackTo(to, archive, owner)).toEqual(STATE);
    const found = await readTree(to);
    expect(Object.keys(found)).toEqual(Object.keys(expected));
    for (const [path, content] of Object.entries(KEPT)) expect(await readFile(join(to, path))).toEqual(Buffer.from(content));
    // Directories too. Only those above what is kept have no time of their own.
    const times = (tree: Record<string, string>) => Object.entries(tree).map(([path, what]) => [path, what.split(' ')[2]]);
    const ofItsOwn = ([path]: unknown[]) => !['Default', 'Default/Local Storage', 'Default/Service Worker'].includes(path as string);
    const expectedTimes = times({ ...expected, ...(await readTree(from)) }).filter(([path]) => path !== undefined && path in expected);
    expect(times(found).filter(ofItsOwn)).toEqual(expectedTimes.filter(ofItsOwn));
  });

  it('should keep every microsecond of a second', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `Default/IndexedDB/${index}`);
    await writeTree(from, Object.fromEntries(names.map((name) => [name, ''])));
    const owner = newOwner();
    await sealTo(archive, from, owner);
    await unpackTo(to, archive, owner);
    const times = (tree: Record<string, string>) => names.map((name) => tree[name]?.split(' ')[2]);
    const expected = times(await readTree(from));
    expect(new Set(expected).size).toBe(names.length);
    expect(times(await readTree(to))).toEqual(expected);
  });

  it('should say how much it holds', async () => {
    await writeTree(from, { 'Default/IndexedDB/1': Buffer.alloc(123_456), 'Default/IndexedDB/2': 'four' });
    expect(await sealTo(archive, from, newOwner())).toBe(123_460 + Buffer.byteLength(JSON.stringify(STATE)));
  });

  it('should seal and unpack a profile of which nothing was kept', async () => {
    await mkdir(from);
    const owner = newOwner();
    await sealTo(archive, from, owner);
    expect(await unpackTo(to, archive, owner)).toEqual(STATE);
    expect(await readdir(to)).toEqual([]);
  });

  it('should unpack beside preferences that are there already, and more than once', async () => {
    await writeTree(from, KEPT);
    const owner = newOwner();
    await sealTo(archive, from, owner);
    await using opened = await openArchive(archive, { ...owner, maxBytes: MAX_BYTES });
    for (const name of ['one', 'two']) {
      await writeTree(join(temporary.path, name), { 'Default/Preferences': '{}' });
      await opened.extract(join(temporary.path, name), undefined);
      expect(await readFile(join(temporary.path, name, 'Default/WebStorage/QuotaManager'), 'utf8')).toBe('a database');
    }
  });

  it.runIf(process.getuid?.() === 0)('should give all of it to the uid that is named, for itself alone', async () => {
    await writeTree(from, KEPT);
    const owner = newOwner();
    await sealTo(archive, from, owner);
    await unpackTo(to, archive, owner, { uid: 20_123 });
    const found = await readTree(to, { withOwners: true });
    const modes = Object.values(found).map((what) =>
      what
        .split(' ')
        .filter((_, index) => index % 2 === 1)
        .join(' '),
    );
    expect(new Set(modes)).toEqual(new Set(['600 20123', '700 20123']));
  });

  it('should encrypt: nothing that was stored can be read in it, and no two archives are alike', async () => {
    const secret = 'nobody may read this';
    await writeTree(from, { 'Default/IndexedDB/https_secret-site.example_0': secret.repeat(10) });
    const owner = newOwner();
    const sealed = () => buffer(sealArchive({ state: STATE, directory: from }, { ...owner, maxBytes: MAX_BYTES }).stream);
    const [one, two] = [await sealed(), await sealed()];
    for (const text of [secret, 'secret-site', 'example.com', 'Default', owner.profileId]) expect(one.includes(text)).toBe(false);
    expect(one.subarray(0, 10)).toEqual(two.subarray(0, 10));
    let alike = 0;
    for (const [index, byte] of one.subarray(10).entries()) if (byte === two[index + 10]) alike++;
    expect(alike).toBeLessThan(one.length / 20);
  });

  it('should refuse to seal more than it may, as soon as that is known', async () => {
    await writeTree(from, { 'Default/IndexedDB/1': Buffer.alloc(600_000), 'Default/IndexedDB/2': Buffer.alloc(600_000) });
    const failure = { code: 'profile_too_large', details: { maxBytes: 1_000_000 } };
    await expect(sealTo(archive, from, newOwner(), { maxBytes: 1_000_000 })).rejects.toMatchObject(failure);
    // A file of which nothing but its size is there.
    await truncate(join(from, 'Default/IndexedDB/1'), 2 ** 40);
    await expect(sealTo(`${archive}2`, from, newOwner(), { maxBytes: 1_000_000 })).rejects.toMatchObject(failure);
  });

  it('should refuse to seal a state that could not be opened again', async () => {
    await mkdir(from);
    const state = { ...STATE, tabs: [{ url: 'x'.repeat(5 * MEBIBYTE), isActive: true, sessionStorage: [] }] };
    await expect(sealTo(archive, from, newOwner(), { state })).rejects.toMatchObject({ code: 'internal' });
    const value = 'x'.repeat(MEBIBYTE);
    const entries = Array.from({ length: 33 }, (_, index): [string, string] => [`${index}`, value]);
    const large = { ...STATE, tabs: [{ url: 'about:blank', isActive: true, sessionStorage: [{ origin: 'https://a.example', entries }] }] };
    await expect(sealTo(`${archive}2`, from, newOwner(), { state: large })).rejects.toMatchObject({ code: 'profile_too_large' });
  });

  it('should keep going when files shrink and grow while they are read', async () => {
    const content = randomBytes(40 * MEBIBYTE);
    const names = ['1', '2'].map((name) => join(from, 'Default/IndexedDB', name));
    await writeTree(from, {
      'Default/IndexedDB/1': content,
      'Default/IndexedDB/2': content.subarray(0, 10_000),
      'Default/IndexedDB/3': 'last',
    });
    const owner = newOwner();
    const { stream } = sealArchive({ state: STATE, directory: from }, { ...owner, maxBytes: MAX_BYTES });
    const begun = createWriteStream(archive);
    const reader = stream[Symbol.asyncIterator]();
    // The first chunks are of the first file, which does not fit into what is between it and us.
    for (let chunks = 0; chunks < 3; chunks++) begun.write((await reader.next()).value);
    await truncate(names[0] ?? '', 35 * MEBIBYTE);
    await appendFile(names[1] ?? '', 'more');
    await pipeline(
      (async function* () {
        for (let next = await reader.next(); next.done !== true; next = await reader.next()) yield next.value as Buffer;
      })(),
      begun,
    );
    await unpackTo(to, archive, owner);
    const unpacked = await readFile(join(to, 'Default/IndexedDB/1'));
    expect(unpacked.equals(Buffer.concat([content.subarray(0, 35 * MEBIBYTE), Buffer.alloc(5 * MEBIBYTE)]))).toBe(true);
    expect(await readFile(join(to, 'Default/IndexedDB/3'), 'utf8')).toBe('last');
  });

  it('should close what it has opened when nobody reads on', async () => {
    await writeTree(from, { 'Default/IndexedDB/1': randomBytes(40 * MEBIBYTE) });
    const descriptors = async () => (await readdir('/proc/self/fd')).length;
    const before = await descriptors();
    const { stream } = sealArchive({ state: STATE, directory: from }, { ...newOwner(), maxBytes: MAX_BYTES });
    for await (const _ of stream) break;
    await expect.poll(descriptors).toBe(before);
    const owner = newOwner();
    await sealTo(archive, from, owner);
    await expect(openArchive(archive, { ...owner, profileId: 'pf_other', maxBytes: MAX_BYTES })).rejects.toThrow();
    expect(await descriptors()).toBe(before);
    const opened = await openArchive(archive, { ...owner, maxBytes: MAX_BYTES });
    expect(await descriptors()).toBe(before + 1);
    await opened[Symbol.asyncDispose]();
    expect(await descriptors()).toBe(before);
  });

  it('should write nothing over what is there', async () => {
    await writeTree(from, { 'Default/IndexedDB/1': 'new' });
    const owner = newOwner();
    await sealTo(archive, from, owner);
    await writeTree(to, { 'Default/IndexedDB/1': 'old' });
    await using opened = await openArchive(archive, { ...owner, maxBytes: MAX_BYTES });
    await expect(opened.extract(to, undefined)).rejects.toThrow('EEXIST');
    expect(await readFile(join(to, 'Default/IndexedDB/1'), 'utf8')).toBe('old');
  });

  it('should pass a large profile through little memory', async () => {
    await mkdir(join(from, 'Default/IndexedDB'), { recursive: true });
    const large = await open(join(from, 'Default/IndexedDB/1'), 'wx');
    const piece = randomBytes(MEBIBYTE);
    for (let index = 0; index < 200; index++) {
      piece.writeUInt32LE(index);
      await large.write(piece);
    }
    await large.close();
    const owner = newOwner();
    const maxBytes = 300 * MEBIBYTE;
    let peak = 0;
    const before = process.memoryUsage().arrayBuffers;
    const look = () => {
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    };
    const { stream } = sealArchive({ state: STATE, directory: from }, { ...owner, maxBytes });
    stream.on('data', look);
    await pipeline(stream, createWriteStream(archive));
    await using opened = await openArchive(archive, { ...owner, maxBytes });
    const looking = setInterval(look, 10);
    await mkdir(to);
    await opened.extract(to, undefined);
    clearInterval(looking);
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(100 * MEBIBYTE);
    await writeFile(archive, ''); // gives its space back before the comparison
    const [one, two] = [createReadStream(join(from, 'Default/IndexedDB/1')), createReadStream(join(to, 'Default/IndexedDB/1'))];
    const others = two[Symbol.asyncIterator]();
    for await (const chunk of one) expect((chunk as Buffer).equals((await others.next()).value)).toBe(true);
  });
});
