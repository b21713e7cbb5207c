import type { Timing } from '../contenders/contender.js';
import type { BenchResults } from '../results.js';

const runs = (timings: Timing[], failures: string[] = []) => ({ timings, failures });

const noTimes = () => ({ open: [1], firstPage: [1], close: [1] });
const NO_SESSIONS = { without: noTimes(), read: noTimes(), saved: noTimes() };

const densityOf = (memory: [browsers: number, mebibytes: number | undefined][]) => ({
  browsers: 2,
  processes: 12,
  memory: memory.map(([browsers, mebibytes]) => ({
    browsers,
    bytes: mebibytes === undefined ? undefined : mebibytes * 2 ** 20,
    poolBytes: 75 * 2 ** 20,
  })),
  idleCpuShare: 0.0002,
});

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
    liveRounds: 1,
    liveMs: 1,
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
    sustained: [
      {
        atOnce: 10,
        sessions: 20,
        contenders: {
          carrel: { ...runs([{ create: 10, total: 100 }]), perSecond: [4, 5, 6], cpuMs: [300] },
          bare: { ...runs([{ create: 100, total: 300 }]), perSecond: [4], cpuMs: [400] },
          floor: { ...runs([{ total: 90 }]), perSecond: [10], cpuMs: [] },
        },
      },
    ],
    concurrency: [
      { ...runs([{ create: 10, total: 200 }]), atOnce: 1, perSecond: 3, refused: 0, tripMs: [1] },
      { ...runs([{ create: 20, total: 300 }]), atOnce: 2, perSecond: 5, refused: 0, tripMs: [1, 2] },
      { ...runs([{ create: 30, total: 900 }], ['timed out']), atOnce: 6, perSecond: 4, refused: 2, tripMs: [1, 9] },
    ],
    endurance: {
      ...runs(Array.from({ length: 200 }, (_, index) => ({ total: 100 + (index % 2) }))),
      lifecycles: 200,
      residentBytes: Array.from({ length: 200 }, (_, index) => (100 + index + (index % 10 < 5 ? 1 : 0)) * 2 ** 20),
      left: { processes: 1, directories: 0, controlGroups: 2 },
      seen: { processes: 6, directories: 1, controlGroups: 3 },
    },
    density: {
      contenders: {
        carrel: densityOf([
          [1, 70],
          [2, 130],
        ]),
        floor: densityOf([[2, 160]]),
        launch: densityOf([[2, undefined]]),
      },
      server: { residentBytesBefore: undefined, residentBytesPerBrowser: undefined, idleCpuShare: 0.01, poolBrowsers: 1 },
    },
    standby: { browsers: 4, asleepCpuShare: 0, awakeCpuShare: 0.0005, asleepMs: [20, 30], awakeMs: [5, 5] },
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
  broken: { pages: 'the page could not be opened' },
};
