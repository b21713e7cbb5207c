import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS_IN_PROOF } from '../../testing/scale.js';
import { readLevelDb } from '../leveldb/index.js';
import { surveyProfile } from '../survey/index.js';
import { parseRow } from '../survey/local-storage-rows.js';
import { type CanarySite, startCanarySite } from '../testing/canary-site.js';
import { openKept } from '../testing/kept-browser.js';
import { overlayLocalStorage } from './index.js';
import { overlayDirectory } from './overlay.js';

const ITEMS: [string, string][] = [
  ['plain', 'value'],
  ['', 'of the empty name'],
  ['empty', ''],
  ['latin', 'ÿ\0\n'],
  ['日本', '😀 half of a pair: \ud83d'],
];
const AS_ENTRIES = 'Object.entries(localStorage).sort(([a], [b]) => (a < b ? -1 : 1))';
const sorted = (entries: [string, string][]) => [...entries].sort(([a], [b]) => (a < b ? -1 : 1));

describe('what open pages have in localStorage', () => {
  let site: CanarySite;
  let root: string;
  let count = 0;
  const fresh = () => join(root, String(count++));

  beforeAll(async () => {
    site = await startCanarySite();
    root = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  });
  afterAll(async () => {
    await site[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  it.each(KINDS_IN_PROOF)('should be there for %s, as if it had been written', async (kind) => {
    const directory = fresh();
    const [a, b] = [site.origin('a'), site.origin('b')];
    const frame = a.replace('a.localhost', '127.0.0.1');
    {
      await using browser = await openKept(kind, directory);
      await browser.goto(a);
      await browser.evaluate('localStorage.setItem("old", "1"); localStorage.setItem("plain", "before")');
      await browser.goto(b);
      await browser.evaluate('localStorage.setItem("untouched", "1")');
    }
    await overlayLocalStorage(
      directory,
      [
        { storageKey: `${a}/`, entries: ITEMS },
        { storageKey: `${frame}/^0http://b.localhost`, entries: [['framed', 'yes']] },
      ],
      Date.now(),
    );
    {
      await using browser = await openKept(kind, directory);
      await browser.goto(a);
      expect(await browser.evaluate(AS_ENTRIES)).toEqual(sorted(ITEMS));
      await browser.evaluate('localStorage.setItem("plain", "after")');
      await browser.goto(`${b}/?frame=${frame}`);
      expect(await browser.evaluate(AS_ENTRIES)).toEqual([['untouched', '1']]);
      expect(await browser.evaluateInFrame(AS_ENTRIES)).toEqual([['framed', 'yes']]);
    }
    await using browser = await openKept(kind, directory);
    await browser.goto(a);
    expect(await browser.evaluate('[localStorage.length, localStorage.plain]')).toEqual([ITEMS.length, 'after']);
  });

  it('should be there when nothing had been written at all', async () => {
    const directory = fresh();
    await overlayLocalStorage(directory, [{ storageKey: `${site.origin('a')}/`, entries: ITEMS }], Date.now());
    await using browser = await openKept('headless-shell', directory);
    await browser.goto(site.origin('a'));
    expect(await browser.evaluate(AS_ENTRIES)).toEqual(sorted(ITEMS));
  });

  it('should replace all of a storage key and nothing of others, and write nothing when nothing is new', () => {
    const item = fc.tuple(fc.string({ unit: 'binary', maxLength: 5 }), fc.string({ unit: 'binary', maxLength: 5 }));
    const keys = ['https://a.example/', 'https://b.example/', 'https://b.example/^0https://a.example'] as const;
    const overlay = fc.dictionary(fc.constantFrom(...keys), fc.array(item, { maxLength: 4 }), { maxKeys: 3 });
    fc.assert(
      fc.property(fc.array(overlay, { minLength: 1, maxLength: 4 }), (overlays) => {
        const directory = fresh();
        const expected = new Map<string, Map<string, string>>();
        for (const items of overlays) {
          const list = Object.entries(items).map(([storageKey, entries]) => ({ storageKey, entries }));
          overlayDirectory(directory, list, 1);
          const before = rows(directory);
          overlayDirectory(directory, list, 2);
          expect(rows(directory)).toEqual(before);
          for (const [key, entries] of Object.entries(items)) expected.set(key, new Map(entries));
        }
        const counts = new Map<string, number>();
        for (const key of rows(directory).keys()) {
          const storageKey = parseRow(key)?.storageKey;
          if (storageKey !== undefined) counts.set(storageKey, (counts.get(storageKey) ?? 0) + 1);
        }
        for (const key of keys) expect(counts.get(key.replace(/\/$/, '')) ?? 0).toBe(expected.get(key)?.size ?? 0);
      }),
      { numRuns: 40 },
    );
  });

  it('should not take the place of what Chromium wrote after the pages were read', () => {
    const directory = fresh();
    const item = (value: string) => [{ storageKey: 'https://a.example/', entries: [['name', value]] as [string, string][] }];
    overlayDirectory(directory, item('written later'), 2_000);
    const before = rows(directory);
    overlayDirectory(directory, item('read before'), 1_000);
    expect(rows(directory)).toEqual(before);
  });

  it('should be counted by a survey', async () => {
    const directory = fresh();
    await overlayLocalStorage(directory, [{ storageKey: 'https://a.example/', entries: [['name', 'value']] }], Date.now());
    const { origins } = await surveyProfile(directory);
    expect(origins.map(({ origin, localStorage }) => [origin, localStorage])).toEqual([['https://a.example', { entries: 1, bytes: 11 }]]);
  });
});

function rows(directory: string): Map<string, string> {
  try {
    return readLevelDb(join(directory, 'Default/Local Storage/leveldb'), (_, value) => value.toString('latin1'));
  } catch {
    return new Map(); // there is none as long as there was nothing to write
  }
}
