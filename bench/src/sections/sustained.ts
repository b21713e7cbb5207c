import { tryLimits } from '@carrel/browser';
import { CarrelServer } from '../carrel-server.js';
import { BareContender } from '../contenders/bare.js';
import { CarrelContender } from '../contenders/carrel.js';
import type { Contender } from '../contenders/contender.js';
import { FloorContender } from '../contenders/floor.js';
import { failureNotes, noRuns, type Runs, runInBatches } from '../contenders/runs.js';
import { CpuGroup } from '../cpu-group.js';
import { disposeAll } from '../dispose-all.js';
import { orderOfRound } from '../order.js';
import type { Goal } from '../report/goals.js';
import { formatRatio, spread, type Table, withRange } from '../report/table.js';
import { median, summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

const CONTESTANTS = ['carrel', 'bare', 'floor'] as const;
type Contestant = (typeof CONTESTANTS)[number];

/** What one contender did in blocks of lifecycles without a rest. */
interface SustainedRuns extends Runs {
  /** Of each block, until nothing of it was left and nothing that it had used up was missing. */
  perSecond: number[];
  /** CPU time of everything, the client included, for each lifecycle of a block, in ms; none where the system does not tell. */
  cpuMs: number[];
}

export interface SustainedResult {
  /** How many lifecycles went on at once. */
  atOnce: number;
  /** How many each block had. */
  sessions: number;
  contenders: Record<Contestant, SustainedRuns>;
}

/** A contender, and what has to be as it was before a block is over. */
interface Player {
  name: Contestant;
  contender: Contender;
  /** Sees what is there before a block, at rest; what it gives resolves when that is there again. */
  restore: () => Promise<() => Promise<void>>;
}

/** Blocks of lifecycles without a rest, the contenders in turn. */
async function measureSustained(context: SectionContext): Promise<SustainedResult[]> {
  // Browsers that the engine moves into groups of this version would not be counted in ours.
  const isCounted = !(await tryLimits('sandbox')).cgroupVersions.includes(2);
  const group = isCounted ? CpuGroup.enter() : undefined;
  const opened: AsyncDisposable[] = [];
  try {
    const players = await startPlayers(context, opened);
    const { sustainedSessions, batchSize } = context.options;
    return [
      await playBlocks(context, players, group, { atOnce: 1, sessions: sustainedSessions }),
      await playBlocks(context, players, group, { atOnce: batchSize, sessions: Math.ceil(sustainedSessions / batchSize) * batchSize }),
    ];
  } finally {
    await disposeAll(opened);
    await group?.untilAlone();
    group?.[Symbol.dispose]();
  }
}

async function startPlayers({ executablePath, options, signal }: SectionContext, opened: AsyncDisposable[]): Promise<Player[]> {
  // Browsers that are released but not gone yet do not count, so this is more than ever are open.
  const server = await CarrelServer.start({ maxBrowsers: options.batchSize, signal });
  const carrel = new CarrelContender(server);
  opened.push(carrel);
  const floor = await FloorContender.start({ executablePath, slots: options.batchSize, signal });
  opened.push(floor);
  const nothing = async () => async () => {};
  return [
    {
      name: 'carrel',
      contender: carrel,
      restore: async () => {
        await server.untilPool(({ starting }) => starting === 0);
        const { ready } = await server.pool();
        return () => server.untilPool((counts) => counts.ready >= ready);
      },
    },
    { name: 'bare', contender: new BareContender(executablePath, signal), restore: nothing },
    { name: 'floor', contender: floor, restore: nothing },
  ];
}

async function playBlocks(
  context: SectionContext,
  players: readonly Player[],
  group: CpuGroup | undefined,
  load: Pick<SustainedResult, 'atOnce' | 'sessions'>,
): Promise<SustainedResult> {
  const { options, pageUrl: url, signal } = context;
  const runs = (): SustainedRuns => ({ ...noRuns(), perSecond: [], cpuMs: [] });
  const result: SustainedResult = { ...load, contenders: { carrel: runs(), bare: runs(), floor: runs() } };
  // The first round warms up: with half as much, after which the pool knows what is asked of it. The others have nothing to learn.
  for (let round = 0; round <= options.sustainedRounds; round++) {
    const playing = round === 0 ? players.filter(({ name }) => name === 'carrel') : players;
    for (const { name, contender, restore } of orderOfRound(playing, round)) {
      context.progress(`${load.atOnce} at once, ${name}, block ${round} of ${options.sustainedRounds}`);
      const block: Runs = noRuns();
      const sessions = round === 0 ? Math.max(load.atOnce, Math.ceil(load.sessions / 2)) : load.sessions;
      const untilRestored = await restore();
      const [startedAt, cpuBefore] = [performance.now(), group?.usedMs];
      await runInBatches(contender, { sessions, atOnce: load.atOnce, url, signal }, block);
      await contender.settle();
      await untilRestored();
      const [tookMs, cpuAfter] = [performance.now() - startedAt, group?.usedMs];
      await restore(); // what it does beyond that is not to fall on the next
      if (round === 0) continue;
      const into = result.contenders[name];
      into.perSecond.push((block.timings.length / tookMs) * 1000);
      if (cpuBefore !== undefined && cpuAfter !== undefined) into.cpuMs.push((cpuAfter - cpuBefore) / sessions);
      into.timings.push(...block.timings);
      into.failures.push(...block.failures);
    }
  }
  return result;
}

function sustainedTable({ atOnce, sessions, contenders }: SustainedResult): Table {
  const row = (name: string, read: (runs: SustainedRuns) => number[], show: typeof spread) => {
    const summaries = CONTESTANTS.map((contestant) => summarize(read(contenders[contestant])));
    const [ours, bare, floor] = summaries.map((summary) => summary?.p50);
    return [name, ...summaries.map(show), formatRatio(ours, bare), formatRatio(ours, floor)];
  };
  const ranged: typeof spread = (summary) => (summary === undefined ? '–' : withRange(summary));
  return {
    rows: [
      [atOnce === 1 ? 'One at a time, no rest' : `In batches of ${atOnce}, no rest`, 'Carrel', 'bare', 'floor', '÷ bare', '÷ floor'],
      row('sessions per second', ({ perSecond }) => perSecond, ranged),
      row('CPU per session, ms', ({ cpuMs }) => cpuMs, ranged),
      row('create', ({ timings }) => timings.flatMap(({ create }) => create ?? []), spread),
      row('total', ({ timings }) => timings.map(({ total }) => total), spread),
      ['failed', ...CONTESTANTS.map((name) => `${contenders[name].failures.length}`)],
    ],
    notes: [
      `blocks of ${sessions} sessions, median (min–max) of ${contenders.carrel.perSecond.length}, each until nothing of it is left and the pool is as full as before; ms of each session, median / p95 (min–max)`,
      ...CONTESTANTS.flatMap((name) => failureNotes(name, contenders[name])),
    ],
  };
}

function goals(results: readonly SustainedResult[]): Goal[] {
  const middle = (values: readonly number[]) => (values.length === 0 ? undefined : median(values));
  return results.map(({ atOnce, contenders }) => ({
    what: `sustained, ${atOnce === 1 ? 'one at a time' : `in batches of ${atOnce}`}`,
    unit: 'per second',
    ours: middle(contenders.carrel.perSecond),
    beside: { name: 'bare', value: middle(contenders.bare.perSecond) },
    limit: { atLeast: 1.25 },
  }));
}

/** How many lifecycles can be kept up, without rests. */
export const sustained: Section<SustainedResult[]> = {
  title: 'Sustained',
  measure: measureSustained,
  tables: (results) => results.map(sustainedTable),
  goals,
  failures: (results) =>
    results.flatMap(({ contenders }) => Object.values(contenders)).reduce((sum, { failures }) => sum + failures.length, 0),
};
