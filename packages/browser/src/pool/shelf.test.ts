import { describe, expect, it } from 'vitest';
import { Shelf, Shelves } from './shelf.js';

const MINUTE_MS = 60_000;

/** What a shelf wants after claims at these times, in ms. */
function wantedAfter(claims: readonly number[], { minimum = 0, now = (claims.at(-1) ?? 0) + 1 } = {}): number {
  const shelf = new Shelf({ kind: 'headless-shell', asked: {}, country: null }, minimum);
  for (const at of claims) shelf.noteClaim(at);
  return shelf.wanted(now);
}

describe('Shelf.wanted', () => {
  it.each([
    ['nothing that nobody asked for', [], {}, 0],
    ['its minimum', [], { minimum: 1 }, 1],
    ['nothing for a single wish', [10], {}, 0],
    ['one for wishes that come one by one', [0, 2_000, 4_000], {}, 1],
    ['as many as came within a second', [0, 400, 900, 5_000], {}, 3],
    ['the busiest second, wherever it lies between claims', [0, 900, 1_100, 1_300, 1_800], {}, 4],
    ['no fewer than its minimum', [0, 2_000], { minimum: 2 }, 2],
    ['nothing any more after five minutes', [0, 1, 2], { now: 5 * MINUTE_MS + 3 }, 0],
    ['what was asked for less than five minutes ago', [0, 1, 2], { now: 5 * MINUTE_MS }, 3],
  ])('should be %s', (_, claims, options, expected) => {
    expect(wantedAfter(claims, options)).toBe(expected);
  });
});

describe('Shelves', () => {
  const make = (minimum: number) => () => new Shelf({ kind: 'headless-shell', asked: {}, country: null }, minimum);
  /** Asks for these sorts, one each ms from `at` on. */
  const ask = (shelves: Shelves, sorts: readonly string[], at: number) => {
    for (const [index, sort] of sorts.entries()) shelves.of(sort, make(0)).noteClaim(at + index);
  };

  it('should remember what was asked for for five minutes, and what is always kept for ever', () => {
    const shelves = new Shelves();
    const usual = shelves.of('usual', make(1));
    ask(shelves, ['special'], 1);
    const special = shelves.of('special', make(0));
    expect(shelves.byRecency(5 * MINUTE_MS)).toEqual([special, usual]);
    special.noteClaim(5 * MINUTE_MS);
    expect(special.wanted(5 * MINUTE_MS)).toBe(1);
    expect(shelves.byRecency(10 * MINUTE_MS + 1)).toEqual([usual]);
  });

  it('should remember only so many sorts, those that were asked for last', () => {
    const shelves = new Shelves();
    const usual = shelves.of('usual', make(1));
    const sorts = Array.from({ length: 1_000 }, (_, index) => `sort ${index}`);
    ask(shelves, sorts, 1);
    const kept = shelves.byRecency(1_001);
    expect(kept).toHaveLength(101);
    expect(kept[0]).toBe(shelves.of('sort 999', make(0)));
    expect(kept.at(-1)).toBe(usual);
    expect(shelves.all()).toHaveLength(101);
  });
});
