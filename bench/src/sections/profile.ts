import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { copyKept, openArchive, type ProfileState, sealArchive } from '@carrel/browser';
import { formatNumber, inUnits, spread, type Table } from '../report/table.js';
import { median, summarize } from '../statistics.js';
import { measureProfileSessions, type ProfileSessionsResult, profileSessionGoals, profileSessionsTable } from './profile-sessions.js';
import type { Section, SectionContext } from './section.js';

/** What the steps of a profile between a browser and the store cost, for a profile of one size; one figure for each run. */
export interface ProfileResult {
  files: number;
  bytes: number;
  sealedBytes: number;
  /** Copying what is kept, as a checkpoint does while the browser stands still. */
  copyMs: number[];
  /** From the files of a browser to an archive on the disk. */
  sealMs: number[];
  /** From an archive on the disk, which is checked first, to the files of a browser. */
  unpackMs: number[];
  /** For how long nothing else had its turn, the longest time of each run. */
  blockedMs: number[];
  /** By how much this process grew, at most. */
  grownBytes: number;
}

const MEBIBYTE = 1024 * 1024;
/** Like what a browser leaves that was signed in to one site, and like that of one which was used for months. */
const SIZES = [
  { origins: 8, fileBytes: 1_250 },
  { origins: 10, fileBytes: 4 * MEBIBYTE },
];
const FILES_PER_ORIGIN = ['000003.log', '000005.ldb', 'CURRENT', 'MANIFEST-000001', 'blob'];
const MAX_BYTES = 1024 * MEBIBYTE;

const STATE: ProfileState = {
  formatVersion: 1,
  savedAt: '2026-01-01T00:00:00Z',
  kind: 'headless-shell',
  browserVersion: '0',
  cookies: [],
  permissions: [],
  identity: {},
  tabs: null,
};

/** A small profile and a large one, each through a copy, an archive and back. */
export async function measureProfiles(context: SectionContext): Promise<ProfileResult[]> {
  const results: ProfileResult[] = [];
  // The large one takes its time.
  for (const size of context.options.isQuick ? SIZES.slice(0, 1) : SIZES) results.push(await measureSize(context, size));
  return results;
}

async function measureSize({ options, signal, progress }: SectionContext, size: (typeof SIZES)[number]): Promise<ProfileResult> {
  const directory = await mkdtemp(join(tmpdir(), 'carrel-profile-'));
  try {
    const files = await makeProfile(join(directory, 'from'), size);
    const runs: ProfileRun[] = [];
    // The first does not count: it loads and compiles what the others use.
    for (let run = 0; run <= options.profileRuns; run++) {
      signal.throwIfAborted();
      progress(`${Math.ceil((files * size.fileBytes) / 1000)} KB, ${run} of ${options.profileRuns}`);
      runs.push(await runOnce(directory, run));
    }
    const counted = runs.slice(1);
    return {
      files,
      bytes: files * size.fileBytes,
      sealedBytes: counted[0]?.sealedBytes ?? 0,
      copyMs: counted.map(({ copyMs }) => copyMs),
      sealMs: counted.map(({ sealMs }) => sealMs),
      unpackMs: counted.map(({ unpackMs }) => unpackMs),
      blockedMs: counted.map(({ blockedMs }) => blockedMs),
      grownBytes: Math.max(...counted.map(({ grownBytes }) => grownBytes)),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Half of what is in it is compressed already, as blobs and LevelDB's tables are. */
async function makeProfile(directory: string, { origins, fileBytes }: (typeof SIZES)[number]): Promise<number> {
  for (let origin = 0; origin < origins; origin++) {
    const place = join(directory, 'Default/IndexedDB', `https_site${origin}.example_0.indexeddb.leveldb`);
    await mkdir(place, { recursive: true });
    for (const [index, name] of FILES_PER_ORIGIN.entries()) {
      const isCompressed = (origin + index) % 2 === 0;
      await writeFile(join(place, name), isCompressed ? randomBytes(fileBytes) : words(fileBytes));
    }
  }
  return origins * FILES_PER_ORIGIN.length;
}

function words(bytes: number): Buffer {
  const numbers = Array.from({ length: Math.ceil(bytes / 12) }, () => `"id": ${randomBytes(2).readUInt16LE()}, `);
  return Buffer.from(numbers.join('')).subarray(0, bytes);
}

interface ProfileRun {
  sealedBytes: number;
  copyMs: number;
  sealMs: number;
  unpackMs: number;
  blockedMs: number;
  grownBytes: number;
}

/** Leaves its files until the end: a file system that has just removed many makes new ones more slowly. */
async function runOnce(directory: string, run: number): Promise<ProfileRun> {
  const [from, copy, archive, to] = ['from', `copy${run}`, `archive${run}`, `to${run}`].map((name) => join(directory, name)) as [
    string,
    string,
    string,
    string,
  ];
  const owner = { key: randomBytes(32), profileId: `pf_${run}`, maxBytes: MAX_BYTES };
  using watch = watchProcess();
  const copyMs = await timed(() => copyKept(from, copy));
  const sealMs = await timed(() => pipeline(sealArchive({ state: STATE, directory: from }, owner).stream, createWriteStream(archive)));
  await mkdir(to);
  const unpackMs = await timed(async () => {
    await using opened = await openArchive(archive, owner);
    await opened.extract(to, undefined);
  });
  const { size } = await stat(archive);
  return { sealedBytes: size, copyMs, sealMs, unpackMs, ...watch.seen() };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

const LOOK_MS = 10;

/** Looks at the memory and at the turns of this process until it is disposed of. */
function watchProcess(): Disposable & { seen: () => Pick<ProfileRun, 'blockedMs' | 'grownBytes'> } {
  const before = process.memoryUsage.rss();
  let grownBytes = 0;
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const timer = setInterval(() => {
    grownBytes = Math.max(grownBytes, process.memoryUsage.rss() - before);
  }, LOOK_MS);
  return {
    seen: () => ({ blockedMs: delays.max / 1e6, grownBytes }),
    [Symbol.dispose]: () => {
      clearInterval(timer);
      delays.disable();
    },
  };
}

function profileTable(results: readonly ProfileResult[]): Table {
  const size = ({ bytes, files }: ProfileResult) => `${inUnits(bytes)} in ${files} files`;
  const times = (name: string, read: (result: ProfileResult) => number[]) => [
    name,
    ...results.map((result) => spread(summarize(read(result)))),
  ];
  const rates = (name: string, read: (result: ProfileResult) => number[]) => [
    `${name}, MB/s`,
    ...results.map((result) => formatNumber(result.bytes / 1e3 / median(read(result)))),
  ];
  const rows = [
    ['Profile', ...results.map(size)],
    times('copy', ({ copyMs }) => copyMs),
    times('seal', ({ sealMs }) => sealMs),
    times('open + extract', ({ unpackMs }) => unpackMs),
    rates('seal', ({ sealMs }) => sealMs),
    rates('open + extract', ({ unpackMs }) => unpackMs),
    times('longest turn', ({ blockedMs }) => blockedMs),
    ['sealed', ...results.map(({ sealedBytes }) => inUnits(sealedBytes))],
    ['memory grew by at most', ...results.map(({ grownBytes }) => inUnits(grownBytes))],
  ];
  return { rows, notes: ['ms, median / p95 (min–max) of the runs'] };
}

/** A small profile, then a large one; and how that is to be seen in sessions. */
export interface ProfilesResult {
  archives: ProfileResult[];
  sessions: ProfileSessionsResult;
}

/** What it costs to keep profiles. */
export const profile: Section<ProfilesResult> = {
  title: 'Profiles',
  measure: async (context) => ({ archives: await measureProfiles(context), sessions: await measureProfileSessions(context) }),
  tables: ({ archives, sessions }) => [profileTable(archives), profileSessionsTable(sessions)],
  goals: ({ sessions }) => profileSessionGoals(sessions),
};
