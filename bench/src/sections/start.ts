import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, chooseIsolation, EgressPolicy, type Isolation, makeRunDirectory, parseAllowance, tryLimits } from '@carrel/browser';
import { BareChromium } from '../bare-chromium.js';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { CdpConnection } from '../cdp-connection.js';
import { CpuGroup } from '../cpu-group.js';
import { orderOfRound } from '../order.js';
import type { Goal } from '../report/goals.js';
import { formatRatio, spread, type Table } from '../report/table.js';
import { median, summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

/** One browser from its launch through one page until nothing of it is left, in ms. */
export interface Life {
  /** CPU time, user and system, of all its processes, of the helpers that start and end it, and of ours meanwhile; absent where the kernel does not tell. */
  cpu?: number;
  /** Until it can be used: with Carrel a created browser, bare the first answer over CDP. */
  ready: number;
  /** Until the page has loaded. */
  page: number;
  /** From the word that it is to end until nothing of it is left. */
  gone: number;
}

const KINDS = ['carrel', 'bare'] as const;
type Kind = (typeof KINDS)[number];
type StartResult = Record<Kind, Life[]>;

/** Where the page is that all go to. */
const PAGE_HOST = '127.0.0.1';
const HOUR_MS = 3_600_000;
const MEBIBYTE = 1024 * 1024;
const LOADED = `document.readyState === 'complete' || new Promise((resolve) => addEventListener('load', () => resolve(true)))`;

/** A browser of the engine in this process and a bare one, in turn. */
async function measureStarts(context: SectionContext): Promise<StartResult> {
  const result: StartResult = { carrel: [], bare: [] };
  const dataDir = await mkdtemp(join(tmpdir(), 'carrel-data-'));
  // Browsers that the engine moves into groups of this version would not be counted in ours.
  const isCounted = !(await tryLimits('sandbox')).cgroupVersions.includes(2);
  const group = isCounted ? CpuGroup.enter() : undefined;
  try {
    const isolation = await isolationIn(dataDir, context.executablePath);
    const lives = {
      carrel: (id: string) => liveInCarrel(isolation, id, context.pageUrl),
      bare: () => liveBare(context.executablePath, context.pageUrl, group),
    };
    // The first round warms up.
    for (let round = 0; round <= context.options.lives; round++) {
      context.progress(`${round} of ${context.options.lives}`);
      for (const kind of orderOfRound(KINDS, round)) {
        context.signal.throwIfAborted();
        const before = group?.usedMs;
        const life = await lives[kind](`br_bench${round}`);
        await group?.untilAlone();
        if (round > 0) result[kind].push({ ...life, ...(group === undefined ? {} : { cpu: group.usedMs - (before ?? 0) }) });
      }
    }
    await isolation.sweep();
    return result;
  } finally {
    group?.[Symbol.dispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function isolationIn(dataDir: string, executablePath: string): Promise<Isolation> {
  return await chooseIsolation({
    runDirectory: await makeRunDirectory(dataDir, { othersMustEnter: process.getuid?.() === 0 }),
    executablePaths: { 'headless-shell': executablePath },
    allowNoSandbox: false,
    limits: { memoryBytes: 2048 * MEBIBYTE, tasks: 1000, cpuPercent: 400, diskBytes: 1024 * MEBIBYTE },
  });
}

async function liveInCarrel(isolation: Isolation, id: string, url: string): Promise<Life> {
  const allowance = parseAllowance(PAGE_HOST);
  if (allowance === undefined) throw new TypeError(`${PAGE_HOST} is an address`);
  const startedAt = performance.now();
  const { browser, started } = Browser.open(isolation, {
    id,
    kind: 'headless-shell',
    idleTimeoutMs: HOUR_MS,
    maxDurationMs: HOUR_MS,
    limits: { maxCdpMessageBytes: 16 * MEBIBYTE, maxFileBytes: MEBIBYTE, maxFilesBytes: MEBIBYTE },
    egress: { policy: new EgressPolicy({ allowances: [allowance] }) },
  });
  try {
    await started;
    const ready = performance.now() - startedAt;
    using connection = await CdpConnection.overEngine(browser);
    await load(connection, url);
    const page = performance.now() - startedAt;
    const endedAt = performance.now();
    await browser.close();
    await browser.ended;
    return { ready, page, gone: performance.now() - endedAt };
  } finally {
    await browser[Symbol.asyncDispose]();
  }
}

async function liveBare(executablePath: string, url: string, group: CpuGroup | undefined): Promise<Life> {
  const startedAt = performance.now();
  const { chromium, pipes } = await BareChromium.withPipe(executablePath);
  await using _chromium = chromium;
  using connection = CdpConnection.overPipe(pipes);
  await connection.call('Browser.getVersion');
  const ready = performance.now() - startedAt;
  await load(connection, url);
  const page = performance.now() - startedAt;
  const endedAt = performance.now();
  await chromium[Symbol.asyncDispose]();
  await group?.untilAlone();
  return { ready, page, gone: performance.now() - endedAt };
}

async function load(connection: CdpConnection, url: string): Promise<void> {
  const sessionId = await connection.attachToPage();
  const { errorText } = await connection.call('Page.navigate', { url }, sessionId);
  if (errorText !== undefined) throw new BenchmarkFailed(`${url} could not be opened: ${errorText}`);
  await connection.call('Runtime.evaluate', { expression: LOADED, awaitPromise: true }, sessionId);
}

const readings: readonly (readonly [name: string, read: (life: Life) => number | undefined])[] = [
  ['CPU of its whole life', ({ cpu }) => cpu],
  ['until it can be used', ({ ready }) => ready],
  ['until the page has loaded', ({ page }) => page],
  ['until nothing of it is left', ({ gone }) => gone],
];

function startTable(result: StartResult): Table {
  const rows = readings.map(([name, read]) => {
    const [carrel, bare] = KINDS.map((kind) => summarize(result[kind].flatMap((life) => read(life) ?? [])));
    return [name, spread(carrel), spread(bare), formatRatio(carrel?.p50, bare?.p50)];
  });
  const head = ['One browser, cold', "Carrel's engine", 'bare', '÷ bare'];
  return { rows: [head, ...rows], notes: [`ms, median / p95 (min–max) of ${result.carrel.length} lives`] };
}

function goals(result: StartResult): Goal[] {
  const of = (kind: Kind, read: (life: Life) => number | undefined) => {
    const values = result[kind].flatMap((life) => read(life) ?? []);
    return values.length === 0 ? undefined : median(values);
  };
  const beside = (what: string, read: (life: Life) => number | undefined, atMost: number): Goal => ({
    what,
    unit: 'ms',
    ours: of('carrel', read),
    beside: { name: 'bare', value: of('bare', read) },
    limit: { atMost },
  });
  return [
    beside('CPU time of one life', ({ cpu }) => cpu, 0.8),
    beside('cold create, beside the first answer', ({ ready }) => ready, 1.4),
    { what: 'all of it gone after its release', unit: 'ms', ours: of('carrel', ({ gone }) => gone), limit: { atMost: 150 } },
  ];
}

/** What it costs to start a browser and to end it, with every wall and with none. */
export const start: Section<StartResult> = {
  title: 'One browser, cold',
  measure: measureStarts,
  tables: (result) => [startTable(result)],
  goals,
};
