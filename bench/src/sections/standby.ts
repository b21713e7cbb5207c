import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from '@carrel/sdk';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { CarrelServer } from '../carrel-server.js';
import { cpuMsDuring } from '../processes.js';
import type { Goal } from '../report/goals.js';
import { orDash, spread, type Table } from '../report/table.js';
import { median, summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

export interface StandbyResult {
  browsers: number;
  /** Share of one core that one browser uses while it sleeps, from 0; undefined where the system does not tell. */
  asleepCpuShare: number | undefined;
  /** The same of one that is kept awake, with the same page. */
  awakeCpuShare: number | undefined;
  /** How long the first call to a browser that sleeps takes, over the API, in ms. */
  asleepMs: number[];
  /** How long the same call takes to one that is awake, right before. */
  awakeMs: number[];
}

const AFTER_SECONDS = 1;
const BROWSERS = 4;
const ASLEEP_POLL_MS = 100;
const ASLEEP_DEADLINE_MS = 30_000;

/** Browsers that sleep as soon as they may, beside one that must not. */
async function measureStandby({ options, pageUrl, signal, progress }: SectionContext): Promise<StandbyResult> {
  const env = { CARREL_STANDBY_AFTER_SECONDS: `${AFTER_SECONDS}` };
  await using server = await CarrelServer.start({ maxBrowsers: BROWSERS + 1, signal, env });
  const open = async (standby: boolean): Promise<Browser> => {
    const browser = await server.client.browsers.open({ standby }, { keepAlive: false });
    const { success, message } = await browser.execute({ type: 'goto', url: pageUrl });
    if (!success) throw new BenchmarkFailed(`the page of the benchmark could not be opened: ${message}`);
    await timeCall(browser);
    return browser;
  };
  progress(`opening ${BROWSERS + 1}`);
  const awake = await open(false);
  const sleepers: Browser[] = [];
  while (sleepers.length < BROWSERS) sleepers.push(await open(true));
  await untilAsleep(sleepers, signal);
  progress(`counting CPU for ${options.idleMs / 1000} s`);
  const pids = server.browserPids();
  const pidsOf = (browsers: readonly Browser[]) => browsers.flatMap(({ id }) => pids.get(id) ?? []);
  const [asleepMs, awakeMs] = await cpuMsDuring(options.idleMs, [pidsOf(sleepers), pidsOf([awake])], signal);
  const shareOf = (ms: number | undefined, browsers: number) => (ms === undefined ? undefined : ms / options.idleMs / browsers);
  const result: StandbyResult = {
    browsers: BROWSERS,
    asleepCpuShare: shareOf(asleepMs, BROWSERS),
    awakeCpuShare: shareOf(awakeMs, 1),
    asleepMs: [],
    awakeMs: [],
  };
  for (let round = 1; round <= options.wakeRounds; round++) {
    progress(`waking, ${round} of ${options.wakeRounds}`);
    await untilAsleep(sleepers, signal);
    for (const sleeper of sleepers) {
      result.awakeMs.push(await timeCall(awake));
      result.asleepMs.push(await timeCall(sleeper));
    }
  }
  return result;
}

async function timeCall(browser: Browser): Promise<number> {
  const startedAt = performance.now();
  const { success, message } = await browser.execute({ type: 'evaluate', expression: '1 + 1' });
  if (!success) throw new BenchmarkFailed(`1 + 1 could not be evaluated: ${message}`);
  return performance.now() - startedAt;
}

async function untilAsleep(browsers: readonly Browser[], signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.timeout(ASLEEP_DEADLINE_MS);
  for (const browser of browsers) {
    // Looking at what the server says of a browser does not wake it.
    while ((await browser.refresh()).standby !== 'asleep') {
      if (deadline.aborted) throw new BenchmarkFailed(`${browser.id} was still awake after ${ASLEEP_DEADLINE_MS / 1000} s`);
      await delay(ASLEEP_POLL_MS, undefined, { signal });
    }
  }
}

const percent = (share: number | undefined) => (share === undefined ? undefined : share * 100);

function standbyTable({ browsers, asleepCpuShare, awakeCpuShare, asleepMs, awakeMs }: StandbyResult): Table {
  return {
    rows: [
      [`Standby, ${browsers} browsers with a page`, 'asleep', 'kept awake'],
      ['CPU per browser, % of a core', ...[asleepCpuShare, awakeCpuShare].map((share) => orDash(percent(share)))],
      ['first call over the API, ms', ...[asleepMs, awakeMs].map((times) => spread(summarize(times)))],
    ],
    notes: ['ms, median / p95 (min–max)'],
  };
}

function goals({ asleepCpuShare, asleepMs, awakeMs }: StandbyResult): Goal[] {
  const wakeMs = asleepMs.length === 0 || awakeMs.length === 0 ? undefined : median(asleepMs) - median(awakeMs);
  return [
    { what: 'CPU of a browser in standby', unit: '% of a core', ours: percent(asleepCpuShare), limit: { atMost: 0 } },
    { what: 'waking it: what its first call takes longer', unit: 'ms', ours: wakeMs, limit: { atMost: 30 } },
  ];
}

/** What browsers cost that sleep, and how soon they are awake. */
export const standby: Section<StandbyResult> = {
  title: 'Standby',
  measure: measureStandby,
  tables: (result) => [standbyTable(result)],
  goals,
};
