import { lstat, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { brotliCompressSync } from 'node:zlib';
import { CarrelError } from '@carrel/protocol';
import { packTar, type TarEntry } from 'modern-tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractInto } from './extract.js';
import { openArchive } from './index.js';
import { STATE, type TemporaryDirectory, temporaryDirectory } from './testing/profile-directory.js';
import { directory, file, inside, MAX_BYTES, newOwner, sealTarTo, stateEntry, tarOf, unpackTo } from './testing/sealed.js';
import { unpackFiles } from './unpack.js';

const owner = newOwner();
let temporary: TemporaryDirectory;
let [archive, to] = ['', ''];
beforeEach(async () => {
  temporary = await temporaryDirectory();
  [archive, to] = [join(temporary.path, 'archive'), join(temporary.path, 'to')];
});
afterEach(() => temporary[Symbol.asyncDispose]());

/** What is said of a tar that somebody with the key has sealed. */
async function verdict(tar: AsyncIterable<Uint8Array> | Uint8Array, maxBytes = MAX_BYTES): Promise<string | undefined> {
  await sealTarTo(archive, tar, owner);
  try {
    await unpackTo(to, archive, owner, { maxBytes });
    return undefined;
  } catch (error) {
    if (error instanceof CarrelError) return error.code;
    throw error;
  }
}

/** The same header with other bytes in it, and a checksum that fits. */
function patched(tar: Uint8Array, name: string, offset: number, bytes: string): Buffer {
  const copy = Buffer.from(tar);
  let start = copy.indexOf(`${name}\0`);
  while (start % 512 !== 0) start = copy.indexOf(`${name}\0`, start + 1); // a pax header names it too
  copy.write(bytes, start + offset, 'latin1');
  copy.fill(' ', start + 148, start + 156);
  const sum = copy.subarray(start, start + 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, start + 148, 'latin1');
  return copy;
}

const AT_SIZE = 124;
const AT_TYPE = 156;

describe('extract, of names', () => {
  const escapes = [
    '../escaped',
    '/tmp/escaped',
    '/escaped',
    inside('../../../escaped'),
    inside('..'),
    inside('./name'),
    inside('a//b'),
    inside('a/../../../../escaped'),
    'Default/../Default/IndexedDB/name',
    './Default/IndexedDB/name',
    'Default\\IndexedDB\\..\\..\\escaped',
    inside('..\\..\\escaped'),
    inside('C:\\escaped'),
    inside('name\0.txt'),
    inside('name\n'),
    inside('\u202etxt.exe'),
    inside('naïve'),
    inside(`${'x'.repeat(256)}`),
    inside(Array(20).fill('d').join('/')),
    inside(Array(400).fill('dir').join('/')),
    'Default/IndexedDB',
    'Default/Preferences',
    'Default/Cookies',
    'Default/Extensions/x/manifest.json',
    'Default/Local Storage/name',
    'Default/IndexedDBs/name',
    'default/indexeddb/name',
    'Local State',
    'Singleton',
    'name',
    'state.json',
    '',
    '.',
    inside('LOCK'),
    'Default/IndexedDB/https_a.example_0.indexeddb.leveldb/000003.log',
  ];
  it.each(escapes)('should refuse %j', async (name) => {
    expect(await verdict(await tarOf(file(name, 'escaped', { mtime: '1700000000.000001', path: name })))).toBe('profile_hostile');
    expect(await readdir(temporary.path)).toEqual(['archive', 'to']);
    expect(await readdir(to, { recursive: true })).not.toContain('escaped');
  });

  it('should refuse a name twice, also in another case, also as something else', async () => {
    const twice = [
      [file(inside('name')), file(inside('name'))],
      [file(inside('name')), file(inside('NAME'))],
      [file(inside('name')), directory(inside('name'))],
      [directory(inside('name')), directory(inside('name'))],
      [directory(inside('name')), file(inside('name'))],
      [file(inside('name')), directory(inside('Name')), file(inside('Name/file'))],
      [file(inside('name')), file(inside('name/file'))],
    ];
    for (const [index, entries] of twice.entries()) {
      [archive, to] = [join(temporary.path, `archive${index}`), join(temporary.path, `to${index}`)];
      expect([index, await verdict(await tarOf(...entries))]).toEqual([index, 'profile_hostile']);
    }
  });

  it.each([
    ['deeper', 14, 'd'],
    ['longer', 4, 'd'.repeat(244)],
  ])('should refuse a path that is %s than any of Chromium, with all of its directories', async (_, count, part) => {
    const paths = Array.from({ length: count }, (_, index) =>
      inside(
        Array(index + 1)
          .fill(part)
          .join('/'),
      ),
    );
    const entryOf = (path: string) => ({ header: { ...directory(path).header, pax: { mtime: '1700000000.000001', path: `${path}/` } } });
    expect(await verdict(await tarOf(...paths.map(entryOf)))).toBeUndefined();
    [archive, to] = [`${archive}2`, `${to}2`];
    expect(await verdict(await tarOf(...[...paths, `${paths.at(-1)}/more`].map(entryOf)))).toBe('profile_hostile');
  });

  it('should refuse a name that is too long for memory', async () => {
    const path = inside('x'.repeat(7 * 1024 * 1024));
    expect(await verdict(await tarOf(file(path, 'x', { mtime: '1700000000.000001', path })))).toBe('profile_hostile');
  });
});

describe('extract, of what is not a plain file', () => {
  const types: NonNullable<TarEntry['header']['type']>[] = ['symlink', 'link', 'character-device', 'block-device', 'fifo'];
  it.each(types)('should refuse a %s', async (type) => {
    const entry = { ...file(inside('name'), ''), header: { ...file(inside('name'), '').header, type, linkname: '/etc/passwd' } };
    expect(await verdict(await tarOf(entry, file(inside('after'))))).toBe('profile_hostile');
    expect(await readdir(join(to, 'Default/IndexedDB'))).toEqual([]);
  });

  it('should take a file with holes for no more than the bytes that it has', async () => {
    const tar = await tarOf(file(inside('name'), 'bytes'));
    await sealTarTo(archive, patched(tar, inside('name'), AT_TYPE, 'S'), owner);
    await unpackTo(to, archive, owner);
    expect((await lstat(join(to, inside('name')))).size).toBe(5);
  });

  it('should refuse attributes that no profile has, such as holes as pax says them', async () => {
    const pax = { mtime: '1700000000.000001', 'GNU.sparse.realsize': '1000000000000' };
    expect(await verdict(await tarOf(file(inside('name'), 'bytes', pax)))).toBe('profile_hostile');
  });

  it.each([{ mtime: '-1.000000' }, { mtime: '1e300' }, { mtime: '99999999999.000000' }, { mtime: 'NaN' }, {}])(
    'should refuse the time %j',
    async (pax) => {
      expect(await verdict(await tarOf(file(inside('name'), 'bytes', pax as Record<string, string>)))).toBe('profile_hostile');
    },
  );

  it('should not write through a link that is in its way', async () => {
    await sealTarTo(archive, await tarOf(file(inside('name'), 'escaped')), owner);
    const outside = join(temporary.path, 'outside');
    await mkdir(outside);
    await mkdir(to);
    await symlink(outside, join(to, 'Default'));
    await using opened = await openArchive(archive, { ...owner, maxBytes: MAX_BYTES });
    await expect(opened.extract(to, undefined)).rejects.toThrow('EEXIST');
    expect(await readdir(outside)).toEqual([]);
  });
});

describe('extract, of amounts', () => {
  const MEBIBYTE = 1024 * 1024;

  it('should stop at the bytes that a profile may have, before they are written', async () => {
    expect(await verdict(await tarOf(file(inside('1'), 'x'.repeat(60_000)), file(inside('2'), 'x'.repeat(60_000))), 100_000)).toBe(
      'profile_hostile',
    );
    expect(await readdir(join(to, 'Default/IndexedDB'))).toEqual(['1']);
  });

  it('should stop while a bomb goes off', async () => {
    let made = 0;
    const endless = async function* () {
      yield (await tarOf()).subarray(0, -1024);
      const header = await packTar([file(inside('bomb'), '')]);
      yield patched(header, inside('bomb'), AT_SIZE, '77777777777\0').subarray(0, 512 * 3);
      for (const zeros = Buffer.alloc(MEBIBYTE); made < 200; made++) yield zeros;
    };
    expect(await verdict(endless())).toBe('profile_hostile');
    expect((await lstat(archive)).size).toBeLessThan(MEBIBYTE);
    expect(await readdir(join(to, 'Default/IndexedDB'))).toEqual([]);
  });

  it('should stop at zeros without end behind the last entry', async () => {
    const zeros = Buffer.alloc(50 * MEBIBYTE);
    expect(await verdict(Buffer.concat([await tarOf(file(inside('name'))), zeros]))).toBe('profile_hostile');
  });

  it('should stop at headers without end', async () => {
    const path = 'x'.repeat(6 * MEBIBYTE);
    const header = (await packTar([file('name', '', { path })])).subarray(0, -1024 - 512);
    const headers = async function* () {
      yield (await tarOf()).subarray(0, -1024);
      for (let index = 0; index < 20; index++) yield header;
    };
    expect(await verdict(headers())).toBe('profile_hostile');
  });

  it('should stop at more files than a profile may have', async () => {
    const tar = await tarOf(file(inside('1')), file(inside('2')), file(inside('3')));
    const plain = () => Readable.from([brotliCompressSync(tar)]);
    const limits = { maxBytes: MAX_BYTES, maxEntries: 5 };
    await mkdir(to);
    await extractInto(to, unpackFiles(plain(), limits), undefined);
    const other = join(temporary.path, 'other');
    await mkdir(other);
    const refused = extractInto(other, unpackFiles(plain(), { ...limits, maxEntries: 4 }), undefined);
    await expect(refused).rejects.toMatchObject({ code: 'profile_hostile' });
    expect(await readdir(join(other, 'Default/IndexedDB'))).toEqual(['1', '2']);
  });
});

describe('openArchive, of a tar that does not begin with the state', () => {
  const rest = [directory('Default/IndexedDB'), file(inside('name'))];
  const wrong: [name: string, code: string, entries: TarEntry[]][] = [
    ['nothing', 'profile_damaged', []],
    ['no state', 'profile_damaged', rest],
    ['the state at another place', 'profile_damaged', [...rest, stateEntry()]],
    ['a directory of its name', 'profile_damaged', [directory('state.json'), ...rest]],
    ['what is not JSON', 'profile_damaged', [stateEntry('{"formatVersion": 1'), ...rest]],
    ['what is not text', 'profile_damaged', [stateEntry(Buffer.of(0xff, 0xfe, 0)), ...rest]],
    ['a number', 'profile_damaged', [stateEntry('1'), ...rest]],
    ['another format', 'profile_damaged', [stateEntry(JSON.stringify({ ...STATE, formatVersion: 2 })), ...rest]],
    ['a field too many', 'profile_damaged', [stateEntry(JSON.stringify({ ...STATE, more: 1 })), ...rest]],
    [
      'a cookie too long',
      'profile_damaged',
      [stateEntry(JSON.stringify({ ...STATE, cookies: [{ ...STATE.cookies[0], value: 'x'.repeat(100_000) }] }))],
    ],
    ['a state too large', 'profile_hostile', [stateEntry(' '.repeat(33 * 1024 * 1024))]],
    ['a prototype', 'profile_damaged', [stateEntry(JSON.stringify(STATE).replace('{', '{"__proto__":{"kind":"chromium"},'))]],
  ];
  it.each(wrong)('should refuse %s', async (_, code, entries) => {
    expect(await verdict(await packTar(entries))).toBe(code);
    expect(await readdir(temporary.path)).toEqual(['archive']);
  });

  it('should refuse a tar that ends too early, or goes on', async () => {
    const tar = await tarOf(file(inside('name'), 'x'.repeat(5000)));
    const cut = [tar.length - 1024, tar.length - 1025, tar.length - 4000, 1000, 100, 0];
    for (const [index, length] of cut.entries()) {
      [archive, to] = [join(temporary.path, `archive${index}`), join(temporary.path, `to${index}`)];
      expect([length, await verdict(tar.subarray(0, length))]).toEqual([length, 'profile_damaged']);
    }
    [archive, to] = [join(temporary.path, 'archive'), join(temporary.path, 'to')];
    expect(await verdict(Buffer.concat([tar, Buffer.from('more')]))).toBe('profile_damaged');
  });

  it('should refuse a header with a wrong checksum', async () => {
    const tar = Buffer.from(await tarOf(file(inside('name'), 'x')));
    tar.write('x', tar.indexOf(`${inside('name')}\0`) + 300);
    expect(await verdict(tar)).toBe('profile_damaged');
  });
});
