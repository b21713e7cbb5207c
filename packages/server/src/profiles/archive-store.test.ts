import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { CarrelError } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveStore } from './archive-store.js';
import { openArchiveStore } from './open-archive-store.js';
import { type S3Server, startS3Server } from './testing/s3-server.js';

let s3: S3Server;
let s3Directory: string;
let dataDir: string;
let count = 0;

beforeAll(async () => {
  s3Directory = mkdtempSync(join(tmpdir(), 'carrel-test-'));
  s3 = await startS3Server(s3Directory);
});
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  rmSync(s3Directory, { recursive: true, force: true });
});
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'carrel-test-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const inS3 = (changes: { s3Endpoint?: string; profileStore?: URL } = {}) =>
  openArchiveStore({
    dataDir,
    profileStore: new URL(`s3://${s3.bucket}/prefix/${++count}`),
    s3Endpoint: s3.endpoint,
    s3Region: 'us-east-1',
    s3PathStyle: true,
    ...changes,
  });
const inDirectory = (profileStore?: string) =>
  openArchiveStore({ dataDir, profileStore, s3Endpoint: undefined, s3Region: undefined, s3PathStyle: false });

async function names(store: ArchiveStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of store.list()) found.push(name);
  return found.toSorted();
}

async function contentOf(store: ArchiveStore, name: string): Promise<Buffer> {
  await using archive = await store.fetch(name);
  return readFileSync(archive.path);
}

/** A stream that gives some of what it has, and then fails. */
function broken(bytes: number, error: Error): Readable {
  return Readable.from(
    (async function* () {
      yield randomBytes(bytes);
      throw error;
    })(),
  );
}

describe.each([
  ['a directory', () => inDirectory()],
  ['S3', () => inS3()],
])('A store in %s', (_name, open) => {
  it.each([0, 1, 20 * 1024 * 1024])('should give back %i bytes as they were', async (size) => {
    const store = await open();
    await store.check();
    const content = randomBytes(size);
    const chunks = Array.from({ length: Math.ceil(size / 65_536) }, (_, index) => content.subarray(index * 65_536, (index + 1) * 65_536));
    expect(await store.put('one', Readable.from(chunks))).toEqual({ sizeBytes: size });
    expect((await contentOf(store, 'one')).equals(content)).toBe(true);
  });

  it('should list what there is with its time, and forget what is removed, twice too', async () => {
    const store = await open();
    expect(await names(store)).toEqual([]);
    const before = Date.now();
    for (const name of ['b', 'a', 'c']) await store.put(name, Readable.from([Buffer.from(name)]));
    expect(await names(store)).toEqual(['a', 'b', 'c']);
    for await (const { modifiedAt } of store.list()) expect(Math.abs(modifiedAt.getTime() - before)).toBeLessThan(60_000);
    await store.delete('b');
    await store.delete('b');
    expect(await names(store)).toEqual(['a', 'c']);
    await expect(store.fetch('b')).rejects.toMatchObject({ code: 'profile_damaged' });
  });

  it.each([1000, 20 * 1024 * 1024])('should keep nothing of a stream that fails after %i bytes, and throw its error', async (bytes) => {
    const store = await open();
    const error = new CarrelError('profile_too_large', 'too large');
    await expect(store.put('one', broken(bytes, error))).rejects.toBe(error);
    expect(await names(store)).toEqual([]);
    const gone = new Error('gone');
    await expect(store.put('two', broken(bytes, gone))).rejects.toBe(gone);
    expect(await names(store)).toEqual([]);
  });

  it('should keep nothing of what is given up', async () => {
    const store = await open();
    const giveUp = new AbortController();
    const stream = new PassThrough();
    stream.write(randomBytes(1000));
    const put = store.put('one', stream, giveUp.signal);
    giveUp.abort();
    await expect(put).rejects.toMatchObject({ code: 'profile_store_unavailable' });
    expect(await names(store)).toEqual([]);
    expect(stream.destroyed).toBe(true);
  });

  it('should not say to a tenant how an archive is named', async () => {
    const missing: CarrelError = await (await open()).fetch('its-name').then(
      () => expect.unreachable(),
      (error: unknown) => error as CarrelError,
    );
    expect(missing.message).not.toContain('its-name');
    expect(missing.cause).toMatchObject({ message: expect.stringContaining('its-name') });
  });

  it('should leave nothing of what was fetched', async () => {
    const store = await open();
    await store.put('one', Readable.from([Buffer.from('one')]));
    const archive = await store.fetch('one');
    expect(statSync(archive.path).mode & 0o777).toBe(0o600);
    await archive[Symbol.asyncDispose]();
    expect(await names(store)).toEqual(['one']);
    const fetched = join(dataDir, 'fetched-profiles');
    expect(existsSync(fetched) ? readdirSync(fetched) : []).toEqual([]);
  });
});

describe('A directory', () => {
  it('should be for the server’s user alone', async () => {
    const store = await inDirectory();
    await store.put('one', Readable.from([Buffer.from('one')]));
    expect(statSync(join(dataDir, 'profiles')).mode & 0o777).toBe(0o700);
  });

  it('should say that it cannot be used', async () => {
    const taken = join(dataDir, 'a-file');
    await (await inDirectory(dataDir)).put('a-file', Readable.from([Buffer.from('x')]));
    const store = await inDirectory(taken);
    // Who runs the server is told where it is; who uses it is not.
    const message = { asymmetricMatch: (text: string) => text.includes('CARREL_PROFILE_STORE') && !text.includes(dataDir) };
    const unavailable = { code: 'profile_store_unavailable', message };
    await expect(store.check()).rejects.toMatchObject({ code: 'profile_store_unavailable', message: expect.stringContaining(taken) });
    await expect(store.put('one', Readable.from([Buffer.from('x')]))).rejects.toMatchObject(unavailable);
    await expect(store.fetch('one')).rejects.toMatchObject(unavailable);
    await expect(names(store)).rejects.toMatchObject(unavailable);
  });

  it.skipIf(process.getuid?.() === 0)('should say that it may not be read', async () => {
    chmodSync(dataDir, 0);
    await expect((await inDirectory(dataDir)).check()).rejects.toMatchObject({ code: 'profile_store_unavailable' });
    chmodSync(dataDir, 0o700);
  });
});

describe('S3', () => {
  it('should be as unavailable as its server, its bucket and its credentials', async () => {
    const stopped = await startS3Server(mkdtempSync(join(dataDir, 's3-')));
    await stopped[Symbol.asyncDispose]();
    const noServer = await inS3({ s3Endpoint: stopped.endpoint });
    const noBucket = await inS3({ profileStore: new URL('s3://nowhere') });
    for (const store of [noServer, noBucket]) {
      const isSilent = (text: string) => !/127\.0\.0\.1|localhost|nowhere/.test(text);
      const unavailable = { code: 'profile_store_unavailable', message: { asymmetricMatch: isSilent } };
      await expect(store.check()).rejects.toMatchObject({ code: 'profile_store_unavailable' });
      await expect(store.put('one', Readable.from([Buffer.from('one')]))).rejects.toMatchObject(unavailable);
      await expect(store.fetch('one')).rejects.toMatchObject(unavailable);
      await expect(store.delete('one')).rejects.toMatchObject(unavailable);
      await expect(names(store)).rejects.toMatchObject(unavailable);
    }
  });
});
