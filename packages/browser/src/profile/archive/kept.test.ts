import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, link, lstat, mkdir, readdir, readFile, rename, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeSmall } from './files.js';
import { copyKept, measureKept } from './index.js';
import { walkKept } from './kept.js';
import { readTree, type TemporaryDirectory, temporaryDirectory, writeTree } from './testing/profile-directory.js';
import { newOwner, sealTo, unpackTo } from './testing/sealed.js';

const isRoot = process.getuid?.() === 0;
const SECRET = 'a file of the server';
const IN = 'Default/IndexedDB';

let temporary: TemporaryDirectory;
let [from, secret] = ['', ''];
beforeEach(async () => {
  temporary = await temporaryDirectory();
  [from, secret] = [join(temporary.path, 'from'), join(temporary.path, 'secret')];
  await mkdir(secret);
  await writeFile(join(secret, 'file'), SECRET);
});
afterEach(() => temporary[Symbol.asyncDispose]());

/** The two ways in which what is kept leaves the directory of a browser. */
const WAYS: [name: string, way: (to: string) => Promise<unknown>][] = [
  ['a copy', (to) => copyKept(from, to)],
  [
    'an archive',
    async (to) => {
      const owner = newOwner();
      await sealTo(`${to}.archive`, from, owner);
      await unpackTo(to, `${to}.archive`, owner);
    },
  ],
];

describe.each(WAYS)('%s of a directory that a compromised browser has filled', (_, take) => {
  const taken = async () => {
    const to = join(temporary.path, 'to');
    await take(to);
    return readTree(to);
  };
  const filesOf = (tree: Record<string, string>) => Object.keys(tree).filter((path) => !tree[path]?.startsWith('directory'));

  it('should follow no link, and take nothing that has a second name', async () => {
    await writeTree(from, { [`${IN}/file`]: 'x' });
    await symlink(join(secret, 'file'), join(from, IN, 'link'));
    await symlink(secret, join(from, IN, 'linked'));
    await symlink('../../nowhere', join(from, IN, 'dangling'));
    await link(join(secret, 'file'), join(from, IN, 'second'));
    expect(filesOf(await taken())).toEqual([`${IN}/file`]);
  });

  it('should not wait for pipes, nor read sockets and devices', async () => {
    await writeTree(from, { [`${IN}/file`]: 'x' });
    execFileSync('/usr/bin/mkfifo', [join(from, IN, 'pipe')]);
    if (isRoot) execFileSync('/usr/bin/mknod', [join(from, IN, 'device'), 'c', '1', '5']);
    const server = createServer().listen(join(from, IN, 'socket'));
    await once(server, 'listening');
    expect(filesOf(await taken())).toEqual([`${IN}/file`]);
    server.close();
  });

  it.each(['Default', 'Default/Service Worker', 'Default/IndexedDB', 'Default/Service Worker/CacheStorage'])(
    'should not go through a link in the place of %s',
    async (place) => {
      await writeTree(from, { 'Default/IndexedDB/1': SECRET, 'Default/Service Worker/CacheStorage/1': SECRET });
      const moved = join(temporary.path, 'moved');
      await rename(join(from, place), moved);
      await symlink(moved, join(from, place));
      const left = filesOf(await taken());
      expect(left.filter((path) => path.startsWith(`${place}/`))).toEqual([]);
    },
  );

  it.runIf(isRoot)('should take nothing that belongs to somebody else', async () => {
    await writeTree(from, { [`${IN}/file`]: 'x', [`${IN}/other`]: SECRET, [`${IN}/directory/file`]: SECRET });
    await chown(join(from, IN, 'other'), 20_123, 20_123);
    await chown(join(from, IN, 'directory'), 20_123, 20_123);
    expect(filesOf(await taken())).toEqual([`${IN}/file`]);
  });

  it('should take only names that may be unpacked again', async () => {
    const odd = ['back\\slash', 'C:name', 'line\nbreak', 'naïve', '\u202etxt', 'x'.repeat(250), 'Name', 'name', 'NAME', ' ', '...'];
    await writeTree(from, Object.fromEntries(odd.map((name) => [`${IN}/${name}`, name])));
    await writeTree(from, { [`${IN}/${Array(20).fill('d').join('/')}`]: 'deep' });
    const tree = await taken();
    expect(filesOf(tree)).toEqual([`${IN}/ `, `${IN}/...`, `${IN}/NAME`, `${IN}/${'x'.repeat(250)}`]);
  });

  it('should give files and directories modes of its own', async () => {
    await writeTree(from, { [`${IN}/small`]: 'x', [`${IN}/large`]: Buffer.alloc(300_000), [`${IN}/directory/file`]: 'x' });
    for (const name of ['small', 'large']) await chmod(join(from, IN, name), 0o6777);
    await chmod(join(from, IN, 'directory'), 0o1777);
    const modes = Object.values(await taken()).map(
      (what) => `${what.startsWith('directory') ? 'directory' : 'file'} ${what.split(' ')[1]}`,
    );
    expect(new Set(modes)).toEqual(new Set(['file 600', 'directory 700']));
  });

  it('should take times as they are, impossible ones as the nearest that are possible', async () => {
    await writeTree(from, { [`${IN}/before`]: 'x', [`${IN}/after`]: 'x', [`${IN}/now`]: 'x', [`${IN}/large`]: Buffer.alloc(300_000) });
    await utimes(join(from, IN, 'before'), new Date(-1_000_000), new Date(-1_000_000));
    await utimes(join(from, IN, 'after'), 2 ** 33 + 1000, 2 ** 33 + 1000);
    const was = (name: string, tree: Record<string, string>) => tree[`${IN}/${name}`]?.split(' ')[2];
    const [before, after] = [await readTree(from), await taken()];
    expect(was('before', after)).toBe('0');
    expect(Number(was('after', after))).toBeLessThanOrEqual(2 ** 33 * 1e6);
    for (const name of ['now', 'large']) expect(was(name, after)).toBe(was(name, before));
    expect(after[IN]?.split(' ')[2]).toBe(before[IN]?.split(' ')[2]);
  });
});

describe('walkKept', () => {
  it('should stop at more files than a profile may have, also when none of them is kept', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `${IN}/naïve${index}`);
    await writeTree(from, Object.fromEntries(names.map((name) => [name, ''])));
    const walk = async (maxEntries: number) => {
      const paths = [];
      for await (const { path } of walkKept(from, maxEntries)) paths.push(path);
      return paths;
    };
    expect(await walk(27)).toEqual([IN]);
    await expect(walk(26)).rejects.toMatchObject({ code: 'profile_too_large', details: { maxFiles: 26 } });
  });
});

describe('copyKept', () => {
  it('should stop before it copies more than it may, and copy into no directory that is there', async () => {
    await writeTree(from, { [`${IN}/1`]: 'x', [`${IN}/2`]: 'x' });
    await truncate(join(from, IN, '2'), 2 ** 40);
    const to = join(temporary.path, 'to');
    await expect(copyKept(from, to, 1_000_000)).rejects.toMatchObject({ code: 'profile_too_large' });
    expect(await readdir(join(to, IN))).toEqual(['1']);
    await expect(copyKept(from, to)).rejects.toThrow('EEXIST');
  });

  it('should give a copy that nobody else can enter, whole, with its size', async () => {
    const large = Buffer.alloc(1_000_000, 'large');
    await writeTree(from, { [`${IN}/1`]: 'small', [`${IN}/2`]: large, 'Default/Cookies': 'not kept' });
    const to = join(temporary.path, 'to');
    expect(await copyKept(from, to)).toBe(1_000_005);
    expect((await lstat(to)).mode & 0o777).toBe(0o700);
    expect((await readFile(join(to, IN, '2'))).equals(large)).toBe(true);
    expect(await readdir(join(to, 'Default'))).toEqual(['IndexedDB', 'Local Storage', 'Service Worker']);
  });
});

describe('writeSmall', () => {
  it('should write nothing where there is anything, be it a link that leads nowhere', async () => {
    const [existing, dangling] = [join(secret, 'file'), join(temporary.path, 'dangling')];
    await symlink(join(temporary.path, 'nowhere'), dangling);
    const entry = { path: '', isDirectory: false, sizeBytes: 1, mtimeMicroseconds: 0 };
    for (const path of [existing, dangling]) expect(() => writeSmall(path, Buffer.from('x'), entry, undefined)).toThrow('EEXIST');
    expect(await readdir(temporary.path)).toEqual(['dangling', 'secret']);
    expect(await readFile(existing, 'utf8')).toBe(SECRET);
  });
});

describe('measureKept', () => {
  it('should count what is kept, and see when it changed last', async () => {
    await writeTree(from, { [`${IN}/1`]: 'four', [`${IN}/2`]: 'x', 'Default/Cookies': 'not kept' });
    await utimes(join(from, IN, '2'), 1_800_000_000.25, 1_800_000_000.25);
    await utimes(join(from, 'Default/Cookies'), 1_900_000_000, 1_900_000_000);
    expect(await measureKept(from)).toEqual({ bytes: 5, files: 2, newestMtimeMs: expect.closeTo(1_800_000_000_250, 0) });
  });
});
