import { describe, expect, it } from 'vitest';
import { percentile, summarize, trendOf } from './statistics.js';

describe('percentile', () => {
  it('should find the middle, whatever the order', () => {
    expect(percentile([9, 1, 5], 0.5)).toBe(5);
    expect(percentile([10, 1, 2, 9], 0.5)).toBe(5.5);
  });

  it('should sort as numbers', () => {
    expect(percentile([100, 9, 20], 0)).toBe(9);
    expect(percentile([100, 9, 20], 1)).toBe(100);
  });

  it('should interpolate between neighbours', () => {
    const values = Array.from({ length: 101 }, (_, index) => index * 2);
    expect(percentile(values, 0.95)).toBeCloseTo(190);
    expect(percentile([0, 10], 0.95)).toBeCloseTo(9.5);
  });

  it('should leave what it was given as it was', () => {
    const values = [3, 1, 2];
    percentile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });

  it.each([
    [[], 0.5],
    [[1], 1.1],
    [[1], Number.NaN],
  ])('should refuse %j at %d', (values, share) => {
    expect(() => percentile(values, share)).toThrow(RangeError);
  });
});

describe('summarize', () => {
  it('should say nothing of nothing', () => {
    expect(summarize([])).toBeUndefined();
  });

  it('should give the whole spread', () => {
    expect(summarize([4, 2, 3, 1, 5])).toMatchObject({ count: 5, min: 1, p50: 3, max: 5 });
  });
});

describe('trendOf', () => {
  it('should find the line that values lie on', () => {
    expect(trendOf([5, 7, 9, 11])).toEqual({ slope: 2, standardError: 0 });
  });

  it('should say how sure it is of a line that they only lie about', () => {
    // As R has it: summary(lm(c(1, 3, 2, 5, 4) ~ seq(0, 4)))
    const { slope, standardError } = trendOf([1, 3, 2, 5, 4]) ?? {};
    expect([slope, standardError]).toEqual([expect.closeTo(0.8), expect.closeTo(0.3464)]);
  });

  it('should not make a line of two points', () => {
    expect(trendOf([1, 2])).toBeUndefined();
  });
});
