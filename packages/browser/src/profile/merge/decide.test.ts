import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeptCookie } from '../state.js';
import { mergeCookies } from './cookies.js';
import { decide, type Parts, type Side } from './decide.js';

const SAVED_AT_MS = 1_000;

const parts = fc
  .dictionary(
    fc.constantFrom('localStorage', 'indexedDB _default', 'serviceWorkers'),
    fc.record({ digest: fc.constantFrom('a', 'b'), changedAtMs: fc.integer({ min: 0, max: 500 }) }),
  )
  .map((object): Parts => new Map(Object.entries(object)));
const side = parts.map((parts): Side => ({ parts, savedAtMs: SAVED_AT_MS }));
const contentsOf = (parts: Parts) => JSON.stringify([...parts].map(([name, { digest }]) => [name, digest]).sort());

describe('deciding whose storage a storage key has', () => {
  it('should be for the one that changed it, and for the same side whichever is asked first', () => {
    fc.assert(
      fc.property(parts, side, side, (base, one, other) => {
        const chosen = decide(base, one, other) === 'theirs' ? one : other;
        const swapped = decide(base, other, one) === 'theirs' ? other : one;
        const isChanged = ({ parts }: Side) => contentsOf(parts) !== contentsOf(base);
        if (isChanged(one) !== isChanged(other)) {
          expect(chosen).toBe(isChanged(one) ? one : other);
          expect(swapped).toBe(chosen);
        }
        if (isChanged(one) && contentsOf(one.parts) === contentsOf(other.parts))
          expect(contentsOf(chosen.parts)).toBe(contentsOf(one.parts));
      }),
    );
  });

  it('should be for the newest change when both changed it', () => {
    const base: Parts = new Map([['localStorage', { digest: 'base', changedAtMs: 1 }]]);
    const changed = (changedAtMs: number): Side => ({
      parts: new Map([['localStorage', { digest: String(changedAtMs), changedAtMs }]]),
      savedAtMs: 100,
    });
    const removed = (savedAtMs: number): Side => ({ parts: new Map(), savedAtMs });
    expect(decide(base, changed(3), changed(2))).toBe('theirs');
    expect(decide(base, changed(2), changed(3))).toBe('mine');
    expect(decide(base, changed(2), removed(3))).toBe('mine');
    expect(decide(base, changed(3), removed(2))).toBe('theirs');
    expect(decide(base, removed(3), changed(2))).toBe('theirs');
  });

  it('should not take for a change what only looks newer', () => {
    const base: Parts = new Map([['indexedDB _default', { digest: 'same', changedAtMs: 1 }]]);
    const opened: Side = { parts: new Map([['indexedDB _default', { digest: 'same', changedAtMs: 50 }]]), savedAtMs: 100 };
    const changed: Side = { parts: new Map([['indexedDB _default', { digest: 'other', changedAtMs: 20 }]]), savedAtMs: 100 };
    expect(decide(base, opened, changed)).toBe('mine');
    expect(decide(base, changed, opened)).toBe('theirs');
  });
});

const cookie = fc.record({ name: fc.constantFrom('a', 'b', 'c'), value: fc.constantFrom('1', '2', '3'), path: fc.constantFrom('/', '/x') });
/** Each cookie once, and as often as a browser has it in the order of its own. */
const jar = fc.uniqueArray(cookie, { maxLength: 6, selector: ({ name, path }) => name + path });
const kept = (cookies: { name: string; value: string; path: string }[], changedAtMs: number): KeptCookie[] =>
  cookies.map((cookie) => ({ ...cookie, domain: 'example.com', expires: -1, httpOnly: false, secure: true, changedAtMs }));
const saved = (cookies: KeptCookie[], savedAtMs: number) => ({ cookies, savedAt: new Date(savedAtMs).toISOString() });
const valuesOf = (cookies: readonly KeptCookie[]) => new Map(cookies.map(({ name, path, value }) => [name + path, value]));

describe('merging cookies', () => {
  it('should give the same in whichever order, when the times differ', () => {
    fc.assert(
      fc.property(jar, jar, jar, (base, one, other) => {
        const [before, a, b] = [kept(base, 1), saved(kept(one, 10), 15), saved(kept(other, 20), 25)];
        expect(valuesOf(mergeCookies(before, a, b))).toEqual(valuesOf(mergeCookies(before, b, a)));
      }),
    );
  });

  it('should change nothing when it is done again', () => {
    fc.assert(
      fc.property(jar, jar, jar, (base, one, other) => {
        const [before, a, b] = [kept(base, 1), saved(kept(one, 10), 15), saved(kept(other, 20), 25)];
        const merged = mergeCookies(before, a, b);
        expect(mergeCookies(before, a, saved(merged, 30))).toEqual(merged);
        expect(valuesOf(mergeCookies(merged, saved(merged, 30), saved(merged, 30)))).toEqual(valuesOf(merged));
      }),
    );
  });

  it('should have of each cookie what the side has that changed it, and lose none that neither changed', () => {
    fc.assert(
      fc.property(jar, jar, jar, (base, one, other) => {
        const [before, theirs, mine] = [kept(base, 1), kept(one, 10), kept(other, 20)];
        const [old, a, b, merged] = [before, theirs, mine, mergeCookies(before, saved(theirs, 15), saved(mine, 25))].map(valuesOf) as [
          Map<string, string>,
          Map<string, string>,
          Map<string, string>,
          Map<string, string>,
        ];
        for (const key of new Set([...old.keys(), ...a.keys(), ...b.keys()])) {
          if (a.get(key) === old.get(key)) expect(merged.get(key)).toBe(b.get(key));
          else if (b.get(key) === old.get(key)) expect(merged.get(key)).toBe(a.get(key));
          // Mine are all newer; only where mine lacks it is the time that of the saving, which is newer still.
          else expect(merged.get(key)).toBe(b.get(key));
        }
      }),
    );
  });

  it('should tell cookies apart by the site that they are partitioned by', () => {
    const [plain = undefined] = kept([{ name: 'a', value: '1', path: '/' }], 1);
    if (plain === undefined) throw new Error('there is a cookie');
    const partitioned = { ...plain, value: '2', partitionKey: { topLevelSite: 'https://b.example', hasCrossSiteAncestor: true } };
    expect(mergeCookies([], saved([plain], 2), saved([partitioned], 3))).toHaveLength(2);
  });

  it('should let the newer of a change and a deletion hold', () => {
    const base = kept([{ name: 'a', value: '1', path: '/' }], 1);
    const changed = (changedAtMs: number) => kept([{ name: 'a', value: '2', path: '/' }], changedAtMs);
    expect(mergeCookies(base, saved(changed(10), 20), saved([], 15))).toEqual([]);
    expect(mergeCookies(base, saved(changed(10), 20), saved([], 5))).toEqual(changed(10));
    expect(mergeCookies(base, saved([], 5), saved(changed(10), 20))).toEqual(changed(10));
    expect(mergeCookies(base, saved([], 5), saved(base, 20))).toEqual([]);
  });
});
