import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { CarrelError } from '@carrel/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHUNK_BYTES, openChunk, sealChunks } from './chunks.js';
import { HEADER_BYTES, newHeader } from './header.js';
import { openArchive } from './index.js';
import { type TemporaryDirectory, temporaryDirectory, writeTree } from './testing/profile-directory.js';
import { MAX_BYTES, newOwner, sealTo } from './testing/sealed.js';

const owner = newOwner();
let temporary: TemporaryDirectory;
/** An archive of three chunks, and one of a single short one. */
let [large, small] = [Buffer.of(), Buffer.of()];
let written = 0;

beforeAll(async () => {
  temporary = await temporaryDirectory();
  const seal = async (name: string, content: Uint8Array) => {
    await writeTree(join(temporary.path, name), { 'Default/IndexedDB/1': content });
    await sealTo(join(temporary.path, `${name}.sealed`), join(temporary.path, name), owner);
    return readFile(join(temporary.path, `${name}.sealed`));
  };
  large = await seal('large', randomBytes(600_000));
  small = await seal('small', Buffer.from('content'));
  expect(Math.ceil((large.length - HEADER_BYTES) / CHUNK_BYTES)).toBe(3);
});
afterAll(() => temporary[Symbol.asyncDispose]());

/** What is said of these bytes: a code, or nothing when they are opened. */
async function verdict(bytes: Uint8Array, by = owner): Promise<string | undefined> {
  const path = join(temporary.path, `${written++}.changed`);
  await writeFile(path, bytes);
  try {
    const opened = await openArchive(path, { ...by, maxBytes: MAX_BYTES });
    await opened[Symbol.asyncDispose]();
    return undefined;
  } catch (error) {
    if (error instanceof CarrelError) return error.code;
    throw error;
  }
}

function flipped(bytes: Uint8Array, offset: number, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(offset) ^ (1 << bit), offset);
  return changed;
}

const chunk = (index: number) => large.subarray(HEADER_BYTES + index * CHUNK_BYTES, HEADER_BYTES + (index + 1) * CHUNK_BYTES);
const header = () => large.subarray(0, HEADER_BYTES);

describe('openArchive, of bytes that were changed', () => {
  it('should open what was not', async () => {
    expect(await verdict(large)).toBeUndefined();
    expect(await verdict(small)).toBeUndefined();
  });

  it('should notice every bit of the header', async () => {
    for (let offset = 0; offset < HEADER_BYTES; offset++) {
      // The magic and the version say whether it is ours at all; the checksum tells damage from another profile and another key.
      expect([offset, await verdict(flipped(small, offset, offset % 8))]).toEqual([
        offset,
        offset < 9 ? 'profile_foreign' : 'profile_damaged',
      ]);
    }
  });

  it('should notice any bit, wherever it is', async () => {
    const bit = fc.record({ isLarge: fc.boolean(), place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(bit, async ({ isLarge, place, bit }) => {
        const bytes = isLarge ? large : small;
        const offset = HEADER_BYTES + Math.floor(place * (bytes.length - HEADER_BYTES));
        expect(await verdict(flipped(bytes, offset, bit))).toBe('profile_damaged');
      }),
      { numRuns: 100 },
    );
  });

  it('should notice an end that is missing, wherever it was cut', async () => {
    const cut = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    await fc.assert(
      fc.asyncProperty(cut, async (place) => {
        expect(await verdict(large.subarray(0, Math.floor(place * large.length)))).toBe('profile_damaged');
      }),
      { numRuns: 50 },
    );
    for (let length = 0; length <= HEADER_BYTES + 20; length++) expect(await verdict(small.subarray(0, length))).toBe('profile_damaged');
    // Where a chunk ends, what is left is whole but for the mark of the last one.
    for (const count of [1, 2]) expect(await verdict(large.subarray(0, HEADER_BYTES + count * CHUNK_BYTES))).toBe('profile_damaged');
  });

  it('should notice bytes that were added, and chunks that were', async () => {
    const added = fc.uint8Array({ minLength: 1, maxLength: 2 * CHUNK_BYTES });
    await fc.assert(
      fc.asyncProperty(added, async (bytes) => {
        expect(await verdict(Buffer.concat([large, bytes]))).toBe('profile_damaged');
      }),
      { numRuns: 20 },
    );
    expect(await verdict(Buffer.concat([large, chunk(0), chunk(2)]))).toBe('profile_damaged');
  });

  it('should notice chunks in another order, left out, or twice', async () => {
    const orders = [[1, 0, 2], [0, 2], [1, 2], [2], [0, 1, 1, 2], [0, 0, 2]];
    for (const order of orders) expect(await verdict(Buffer.concat([header(), ...order.map(chunk)]))).toBe('profile_damaged');
  });

  it('should notice chunks under the header of another archive of the same profile and key', async () => {
    expect(await verdict(Buffer.concat([small.subarray(0, HEADER_BYTES), large.subarray(HEADER_BYTES)]))).toBe('profile_damaged');
  });

  it('should bind each chunk to its header and its profile', async () => {
    const key = newHeader(owner);
    const chunk = await buffer(sealChunks(Readable.from([Buffer.from('content')]), key));
    expect(openChunk(chunk, 0, true, key).toString()).toBe('content');
    for (let offset = 0; offset < key.associatedData.length; offset++) {
      const associatedData = flipped(key.associatedData, offset, 0);
      expect(() => openChunk(chunk, 0, true, { ...key, associatedData })).toThrow('changed');
    }
  });

  it('should tell another profile and another key from damage', async () => {
    expect(await verdict(small, newOwner())).toBe('profile_foreign');
    expect(await verdict(small, { ...owner, profileId: newOwner().profileId })).toBe('profile_foreign');
    expect(await verdict(small, { ...owner, key: randomBytes(32) })).toBe('profile_key_missing');
  });

  it('should say of something else that it is something else', async () => {
    for (const text of ['PK\x03\x04', '{"cookies": []}', 'SQLite format 3\0', 'x'.repeat(10_000)]) {
      expect(await verdict(Buffer.from(text))).toBe('profile_foreign');
    }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 8, maxLength: 1000 }), async (bytes) => {
        expect(await verdict(bytes)).toBe('profile_foreign');
      }),
      { numRuns: 30 },
    );
  });

  it('should have unpacked nothing of all that', async () => {
    const names = (await readdir(temporary.path)).filter((name) => !/^\d+\.changed$/.test(name));
    expect(names.sort()).toEqual(['large', 'large.sealed', 'small', 'small.sealed']);
  });
});
