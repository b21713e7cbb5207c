import type { Timing } from '../contenders/contender.js';
import type { BenchResults } from '../results.js';

const runs = (timings: Timing[], failures: string[] = []) => ({ timings, failures });

const noTimes = () => ({ open: [1], firstPage: [1], close: [1] });
const NO_SESSIONS = { without: noTimes(), read: noTimes(), saved: noTimes() };

/** What a benchmark may find, for tests of what is made of it. */
export const sampleResults: BenchResults = {
  startedAt: '2026-01-02T03:04:05.678Z',
  durationMs: 61_400,
  partDurationMs: { lifecycle: 61_000 },
  machine: { cpu: 'A processor', cores: 2, memoryBytes: 24 * 2 ** 30, system: 'Linux 6', loadBefore: 0.25 },
  versions: { carrel: '0.1.0', commit: undefined, isModified: false, node: '20', chromium: '156', playwright: '1' },
  options: {
    sections: ['lifecycle'],
    runs: 2,
    lives: 1,
    warmUps: 0,
    batchSize: 10,
    sustainedRounds: 1,
    sustainedSessions: 1,
    lifecycles: 1,
    browsers: 1,
    idleMs: 1,
    wakeRounds: 1,
    roundTripRounds: 1,
    roundTripMs: 1,
    profileRuns: 2,
    pageRuns: 10,
    turns: 1,
    isQuick: false,
    jsonFile: undefined,
    markdownFile: undefined,
  },
  found: {
    lifecycle: {
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
