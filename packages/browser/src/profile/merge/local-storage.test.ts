import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLevelDb } from '../leveldb/index.js';
import { overlayDirectory } from '../overlay/overlay.js';
import { parseRow } from '../survey/local-storage-rows.js';
import { mergeDirectories } from './merge.js';

const ORIGINS = ['https://a.example', 'https://b.example', 'https://c.example'] as const;
type Kept = Record<string, [string, string][]>;

const items = fc.uniqueArray(fc.tuple(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2')), { maxLength: 2, selector: ([name]) => name });
const kept: fc.Arbitrary<Kept> = fc.record(Object.fromEntries(ORIGINS.map((origin) => [origin, items])));

describe('merging localStorage', () => {
  let root: string;
  let count = 0;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  /** A profile that had one thing and then has another, as of some time. */
  function profile(nowMs: number, ...states: Kept[]): string {
    const directory = join(root, String(count++));
    mkdirSync(join(directory, 'Default'), { recursive: true });
    states.forEach((state, index) => {
      const all = Object.entries(state).map(([origin, entries]) => ({ storageKey: `${origin}/`, entries }));
      overlayDirectory(directory, all, index === states.length - 1 ? nowMs : 1);
    });
    return directory;
  }

  function read(directory: string): Kept {
    const found: Kept = Object.fromEntries(ORIGINS.map((origin) => [origin, []]));
    try {
      for (const [key, value] of readLevelDb(join(directory, 'Default/Local Storage/leveldb'), (_, value) => value.toString('latin1'))) {
        const row = parseRow(key);
        if (row !== undefined) found[row.storageKey]?.push([row.name.slice(1), value.slice(1)]);
      }
    } catch {
      // Nothing was ever written.
    }
    return sorted(found);
  }
  const sorted = (state: Kept): Kept =>
    Object.fromEntries(Object.entries(state).map(([origin, entries]) => [origin, [...entries].sort(([a], [b]) => (a < b ? -1 : 1))]));

  it('should have of each origin what the side has that changed it last, and be the same when done again', () => {
    fc.assert(
      fc.property(kept, kept, kept, fc.boolean(), (base, theirs, mine, areTheirsNewer) => {
        const [theirTime, myTime] = areTheirsNewer ? [30_000, 20_000] : [20_000, 30_000];
        const baseDirectory = profile(1, base);
        const from = { directory: profile(theirTime, base, theirs), savedAtMs: theirTime };
        const to = { directory: profile(myTime, base, mine), savedAtMs: myTime };
        mergeDirectories(baseDirectory, from, to);
        const [before, their, my] = [base, theirs, mine].map((state) => JSON.parse(JSON.stringify(sorted(state)))) as [Kept, Kept, Kept];
        const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
        const expected = ORIGINS.map((origin) => {
          if (isSame(before[origin], their[origin])) return [origin, my[origin]];
          if (isSame(before[origin], my[origin]) || areTheirsNewer) return [origin, their[origin]];
          return [origin, my[origin]];
        });
        expect(read(to.directory)).toEqual(Object.fromEntries(expected));
        const merged = read(to.directory);
        mergeDirectories(baseDirectory, from, { ...to, savedAtMs: 40_000 });
        expect(read(to.directory)).toEqual(merged);
      }),
      { numRuns: 60 },
    );
  });
});
