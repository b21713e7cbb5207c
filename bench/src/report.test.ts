import { describe, expect, it } from 'vitest';
import type { Timing } from './contenders/contender.js';
import { report } from './report.js';
import { type BenchResults, failureCount } from './results.js';
import { sessionsPerSecond } from './sections/lifecycle.js';

const runs = (timings: Timing[], failures: string[] = []) => ({ timings, failures, busyMs: 2_000 });

const noTimes = () => ({ openMs: [1], closeMs: [1] });
const NO_SESSIONS = { without: noTimes(), read: noTimes(), saved: noTimes() };

const results: BenchResults = {
  startedAt: '2026-01-02T03:04:05.678Z',
  durationMs: 61_400,
  machine: { cpu: 'A processor', cores: 2, memoryBytes: 24 * 2 ** 30, system: 'Linux 6', loadBefore: 0.25 },
  versions: { carrel: '0.1.0', commit: undefined, isModified: false, node: '20', chromium: '156', playwright: '1' },
  options: {
    sections: ['lifecycle'],
    runs: 2,
    lives: 1,
    warmUps: 0,
    batchSize: 10,
    browsers: 1,
    idleMs: 1,
    roundTripRounds: 1,
    roundTripMs: 1,
    profileRuns: 2,
    pageRuns: 10,
    turns: 1,
    isQuick: false,
    jsonFile: undefined,
  },
  found: {
    lifecycle: [
      {
        batchSize: 1,
        restMs: 0,
        contenders: {
          carrel: runs([
            { create: 60, connect: 20, goto: 40, release: 10, total: 130 },
            { create: 80, connect: 20, goto: 60, release: 10, total: 170 },
          ]),
          floor: runs([{ connect: 20, goto: 30, release: 5, total: 55 }]),
          launch: runs([], ['no such file', 'no such file']),
        },
      },
    ],
    profile: {
      archives: [
        {
          files: 40,
          bytes: 50_000,
          sealedBytes: 30_000,
          copyMs: [4, 6],
          sealMs: [5, 15],
          unpackMs: [4, 4],
          blockedMs: [1, 1],
          grownBytes: 2_000_000,
        },
      ],
      sessions: NO_SESSIONS,
    },
    'round-trips': [
      { browsers: 1, inFlight: 1, perSecond: { gateway: [900, 800, 1_000], pipe: [1_800], port: [1_000] }, serverCpuShare: [0.3] },
    ],
  },
};

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

describe('sessionsPerSecond', () => {
  it('should count all the time of the turns', () => {
    expect(sessionsPerSecond(runs([{ total: 1 }, { total: 1 }, { total: 1 }]))).toBe(1.5);
    expect(sessionsPerSecond({ timings: [], failures: [], busyMs: 0 })).toBeUndefined();
  });
});
