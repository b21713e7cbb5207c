import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCanarySite } from '../testing/canary-site.js';
import { openKept } from '../testing/kept-browser.js';
import { varint } from './bytes.js';
import { maskedChecksum } from './checksum.js';
import { appendToLevelDb, BYTEWISE_COMPARATOR, readLevelDb, writeLevelDb } from './index.js';
import { uncompressSnappy } from './snappy.js';

const MAKE_PIPE = '/usr/bin/mkfifo';

/** Reads it, and says whether it ended as it may: with data, or with an error that says what is wrong. */
function outcome(directory: string): 'read' | 'refused' {
  try {
    readLevelDb(directory, (_, value) => value.length);
    return 'read';
  } catch (error) {
    expect(error).toBeInstanceOf(CarrelError);
    expect(['profile_damaged', 'profile_hostile']).toContain((error as CarrelError).code);
    return 'refused';
  }
}

describe('a database that somebody made to be hard to read', () => {
  let root: string;
  let whole: string;
  let count = 0;
  const copy = async () => {
    const directory = join(root, String(count++));
    await cp(whole, directory, { recursive: true });
    return directory;
  };
  const only = (directory: string, extension: string) =>
    join(directory, readdirSync(directory).find((name) => name.endsWith(extension)) ?? `none ends with ${extension}`);

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    await using site = await startCanarySite();
    for (let round = 0; round < 3; round += 1) {
      await using browser = await openKept('headless-shell', join(root, 'data'));
      await browser.goto(site.origin('a'));
      await browser.evaluate(`for (let n = 0; n < 20; n++) localStorage.setItem('n' + n, '${round}'.repeat(5000))`);
    }
    whole = join(root, 'data/Default/Local Storage/leveldb');
    expect(readdirSync(whole).some((name) => name.endsWith('.ldb'))).toBe(true);
    expect(outcome(whole)).toBe('read');
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('should end with data or an error, whatever bytes are changed or cut off', async () => {
    const directory = await copy();
    const names = readdirSync(directory).filter((name) => name !== 'LOCK' && !name.startsWith('LOG'));
    const originals = new Map(names.map((name) => [name, readFileSync(join(directory, name))]));
    let refused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 256 }),
        (name, where, byte) => {
          const original = originals.get(name) ?? Buffer.alloc(0);
          const at = Math.min(original.length - 1, Math.floor(where * original.length));
          const changed = Buffer.from(original);
          if (byte < 256) changed[at] = byte;
          writeFileSync(join(directory, name), byte < 256 ? changed : original.subarray(0, at));
          if (outcome(directory) === 'refused') refused += 1;
          writeFileSync(join(directory, name), original);
        },
      ),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(0);
  });

  it('should end with data or an error when the checksums are right all the same', async () => {
    const directory = await copy();
    const table = only(directory, '.ldb');
    const original = readFileSync(table);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.uint8Array({ minLength: 1, maxLength: 4 }), (where, bytes) => {
        const changed = Buffer.from(original);
        changed.set(bytes.subarray(0, original.length - 60), Math.floor(where * (original.length - 60)));
        writeFileSync(table, withChecksums(changed));
        outcome(directory);
      }),
      { numRuns: 400 },
    );
  });

  it('should refuse a table of which a value was changed', async () => {
    const directory = await copy();
    const table = only(directory, '.ldb');
    const bytes = readFileSync(table);
    bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
    writeFileSync(table, bytes);
    expect(() => readLevelDb(directory, () => 0)).toThrow(/changed/);
  });

  it('should leave out the end of a log that was cut while it was written', async () => {
    const directory = join(root, 'torn');
    writeLevelDb(directory, BYTEWISE_COMPARATOR, [{ key: Buffer.from('a'), value: Buffer.from('1') }]);
    appendToLevelDb(directory, [{ key: Buffer.from('b'), value: Buffer.alloc(100) }]);
    const log = join(
      directory,
      readdirSync(directory)
        .filter((name) => name.endsWith('.log'))
        .sort()[1] ?? '',
    );
    writeFileSync(log, readFileSync(log).subarray(0, -5));
    expect([...readLevelDb(directory, (_, value) => value.toString())]).toEqual([['a', '1']]);
    appendToLevelDb(directory, [{ key: Buffer.from('c'), value: Buffer.from('3') }]);
    expect([...readLevelDb(directory, (_, value) => value.toString())]).toEqual([
      ['a', '1'],
      ['c', '3'],
    ]);
  });

  it('should refuse a table whose index names one block again and again', async () => {
    const directory = await copy();
    const table = only(directory, '.ldb');
    const magic = readFileSync(table).subarray(-8);
    const data = block([{ key: 'key', value: Buffer.alloc(1000) }]);
    const handle = Buffer.concat([varint(0), varint(data.length - 5)]);
    const write = (times: number) => {
      const index = block(Array.from({ length: times }, () => ({ key: 'k', value: handle })));
      const footer = Buffer.concat([Buffer.of(0, 0), varint(data.length), varint(index.length - 5), Buffer.alloc(40)]).subarray(0, 40);
      writeFileSync(table, Buffer.concat([data, index, footer, magic]));
    };
    write(1);
    expect(outcome(directory)).toBe('read');
    write(1000);
    expect(() => readLevelDb(directory, () => 0)).toThrow(/overlap/);
  });

  it.each(['CURRENT', '.log', '.ldb'])('should not follow a link in the place of %s, nor wait for a pipe there', async (name) => {
    for (const make of [(path: string) => symlinkSync('/etc/hostname', path), (path: string) => execFileSync(MAKE_PIPE, [path])]) {
      const directory = await copy();
      const path = only(directory, name);
      await rm(path);
      make(path);
      expect(() => readLevelDb(directory, () => 0)).toThrow(expect.objectContaining({ code: 'profile_hostile' }));
    }
  });
});

describe('Snappy', () => {
  it('should end within the bounds that it was given, whatever it reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(uncompressSnappy(Buffer.from(bytes), 1000).length).toBeLessThanOrEqual(1000);
        } catch (error) {
          expect(error).toMatchObject({ code: 'profile_damaged' });
        }
      }),
      { numRuns: 5000 },
    );
  });

  it('should refuse to repeat what is not there yet', () => {
    expect([...uncompressSnappy(Buffer.concat([varint(5), Buffer.of(0, 65, 1, 1)]), 100)]).toEqual([65, 65, 65, 65, 65]);
    expect(() => uncompressSnappy(Buffer.concat([varint(5), Buffer.of(0, 65, 1, 2)]), 100)).toThrow(/does not have/);
  });

  it('should refuse to unpack more than it may', () => {
    expect(() => uncompressSnappy(Buffer.concat([varint(1001), Buffer.of(0, 65)]), 1000)).toThrow(/too large/);
  });
});

/** A block of a table with its trailer, its entries with keys of their own. */
function block(entries: { key: string; value: Buffer }[]): Buffer {
  const contents = Buffer.concat([
    ...entries.map(({ key, value }) => {
      const internalKey = Buffer.concat([Buffer.from(key), Buffer.of(1, 1, 0, 0, 0, 0, 0, 0)]);
      return Buffer.concat([varint(0), varint(internalKey.length), varint(value.length), internalKey, value]);
    }),
    Buffer.of(0, 0, 0, 0, 1, 0, 0, 0),
  ]);
  const trailer = Buffer.alloc(5);
  trailer.writeUInt32LE(maskedChecksum(contents, Buffer.of(0)), 1);
  return Buffer.concat([contents, trailer]);
}

/** A table of which each block that its index names has the right checksum again. */
function withChecksums(table: Buffer): Buffer {
  const handles = [...blocksOf(table)];
  for (const { offset, size } of handles) {
    if (offset + size + 5 <= table.length)
      table.writeUInt32LE(maskedChecksum(table.subarray(offset, offset + size + 1)), offset + size + 1);
  }
  return table;
}

function* blocksOf(table: Buffer): Generator<{ offset: number; size: number }> {
  const number = (at: number): [value: number, next: number] => {
    let value = 0;
    for (let shift = 0, next = at; ; shift += 7, next += 1) {
      value += ((table[next] ?? 0) & 0x7f) * 2 ** shift;
      if ((table[next] ?? 0) < 0x80 || shift > 35) return [value, next + 1];
    }
  };
  let at = table.length - 48;
  for (let handle = 0; handle < 2; handle += 1) {
    const [offset, next] = number(at);
    const [size, end] = number(next);
    yield { offset, size };
    at = end;
  }
  // The first block of data begins the file, and ends where the next one of the index begins; good enough to get past most checks.
  yield { offset: 0, size: Math.min(4096, table.length) };
}
