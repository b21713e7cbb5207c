import { describe, expect, it } from 'vitest';
import { failureCount } from '../results.js';
import { sampleResults as results } from './sample-results.js';
import { report } from './text.js';

describe('report', () => {
  const rowOf = (name: string) =>
    report(results)
      .split('\n')
      .find((line) => line.trimStart().startsWith(name))
      ?.trim()
      .split(/ {2,}/);

  it('should divide the medians, and only where there are two', () => {
    expect(rowOf('connect + goto')).toEqual(['connect + goto', '70 / 79 (60–80)', '50 / 50 (50–50)', '–', '×1.40', '–']);
    expect(rowOf('create')).toEqual(['create', '70 / 79 (60–80)', '–', '–', '–', '–']);
  });

  it('should divide round trips by those of the pipe and of the port', () => {
    expect(rowOf('1 in flight')).toEqual([
      '1 in flight',
      '900 (800–1,000)',
      '1,800 (1,800–1,800)',
      '1,000 (1,000–1,000)',
      '×0.50',
      '×0.90',
      '30',
    ]);
  });

  it('should say what a profile costs by its time and by its size', () => {
    expect(rowOf('Profile')).toEqual(['Profile', '50 KB in 40 files']);
    expect(rowOf('seal')).toEqual(['seal', '10 / 15 (5.0–15)']);
    expect(rowOf('seal, MB/s')).toEqual(['seal, MB/s', '5.0']);
    expect(rowOf('memory grew')).toEqual(['memory grew by at most', '2.0 MB']);
  });

  it('should hold figures to what is to be reached', () => {
    expect(rowOf('Runtime.evaluate, 1')).toEqual([
      'Runtime.evaluate, 1 in flight',
      '900 per second',
      "1,000 per second Chromium's port",
      '×0.90',
      '≥ ×0.85',
      'yes',
    ]);
  });

  it('should count failures, and say each kind once', () => {
    expect(rowOf('failed')).toEqual(['failed', '0', '0', '2']);
    expect(report(results).match(/launch failed: no such file/g)).toHaveLength(1);
    expect(failureCount(results)).toBe(2);
  });
});
