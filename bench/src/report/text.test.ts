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

  it('should hold sessions that are kept up to bare ones, by the blocks', () => {
    expect(rowOf('sessions per second')).toEqual(['sessions per second', '5.0 (4.0–6.0)', '4.0 (4.0–4.0)', '10 (10–10)', '×1.25', '×0.50']);
    expect(rowOf('CPU per session')).toEqual(['CPU per session, ms', '300 (300–300)', '400 (400–400)', '–', '×0.75', '–']);
    expect(rowOf('sustained')?.slice(-1)).toEqual(['yes']);
  });

  it('should compare three times as many clients with the most that was had of a third', () => {
    expect(rowOf('overloaded')).toEqual([
      'overloaded, 6 clients at once',
      '4.0 per second',
      '5.0 per second at its peak, with 2',
      '×0.80',
      '≥ ×0.9',
      'no',
    ]);
  });

  it('should find what grows, and not what only goes up and down', () => {
    expect(rowOf('slope of the latency')?.slice(-1)).toEqual(['yes']);
    expect(rowOf("slope of the server's memory")?.slice(-1)).toEqual(['no']);
    expect(rowOf('RSS of the server, MiB')?.[3]).toBe('1,000'); // for each thousand lifecycles
  });

  it('should tell the memory of a browser without that of the pool', () => {
    expect(rowOf('PSS per browser')).toEqual(['PSS per browser, MiB', '65', '80', '–', '×0.81', '–']);
    expect(rowOf('PSS of the pool')).toEqual(['PSS of the pool beside them (1 ready), MiB', '75']);
  });

  it('should say how much longer a browser takes that sleeps', () => {
    expect(rowOf('waking it')?.slice(1)).toEqual(['20 ms', '≤ 30 ms', 'yes']);
  });

  it('should say what could not be measured', () => {
    expect(report(results)).toContain('pages could not be measured: the page could not be opened');
  });

  it('should count failures, and say each kind once', () => {
    expect(rowOf('failed')).toEqual(['failed', '0', '0', '2']);
    expect(report(results)).toContain('6 at once failed: timed out');
    expect(report(results).match(/launch failed: no such file/g)).toHaveLength(1);
    expect(failureCount(results)).toBe(2 + 1 + 3 + 1); // lifecycles, what was left of others, and a part
  });
});
