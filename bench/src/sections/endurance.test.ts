import { describe, expect, it } from 'vitest';
import { blockMedians } from './endurance.js';

describe('blockMedians', () => {
  it('should leave out the first tenth, and what does not make a block', () => {
    const values = Array.from({ length: 1_007 }, (_, index) => index);
    const { size, medians } = blockMedians(values);
    expect([size, medians.length, medians[0], medians.at(-1)]).toEqual([50, 18, 124.5, 974.5]);
  });

  it('should not be moved by single values', () => {
    expect(blockMedians([1, 1, 1, 1, 1, 2, 2, 900, 2, 2]).medians).toEqual([2]);
  });
});
