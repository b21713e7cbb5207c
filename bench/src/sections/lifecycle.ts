import { setTimeout as delay } from 'node:timers/promises';
import { CarrelServer } from '../carrel-server.js';
import { CarrelContender } from '../contenders/carrel.js';
import { HEAD, ratios } from '../contenders/columns.js';
import { CONTENDERS, type Contender, type ContenderName, PHASES, type Timing } from '../contenders/contender.js';
import { FloorContender } from '../contenders/floor.js';
import { LaunchContender } from '../contenders/launch.js';
import { disposeAll } from '../dispose-all.js';
import type { Goal } from '../goals.js';
import { orderOfRound } from '../order.js';
import { summarize } from '../statistics.js';
import { drawTable, orDash, spread } from '../table.js';
import type { Section, SectionContext } from './section.js';

/** Enough for a pool of one to be full again. */
const REST_MS = 500;

/** What came of the lifecycles of one contender. */
export interface LifecycleRuns {
  /** Those that went well. */
  timings: Timing[];
  /** What the others failed with. */
  failures: string[];
  /** Time in which it was its turn, until nothing of its browsers was at work any more, in ms. */
  busyMs: number;
}

export interface LifecycleResult {
  /** How many lifecycles went on at once. */
  batchSize: number;
  /** How long nothing went on before each turn, in ms. */
  restMs: number;
  contenders: Record<ContenderName, LifecycleRuns>;
}

const noRuns = (): LifecycleRuns => ({ timings: [], failures: [], busyMs: 0 });

/** One round: each contender in its turn does a batch, and nothing else goes on meanwhile. */
async function playRound(context: SectionContext, result: LifecycleResult, round: number, contenders: readonly Contender[]): Promise<void> {
  for (const contender of orderOfRound(contenders, round)) {
    await delay(result.restMs, undefined, { signal: context.signal });
    const runs = result.contenders[contender.name];
    const startedAt = performance.now();
    const slots = Array.from({ length: result.batchSize }, (_, slot) => slot);
    const outcomes = await Promise.allSettled(slots.map((slot) => contender.run(slot, context.pageUrl)));
    await contender.settle();
    runs.busyMs += performance.now() - startedAt;
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') runs.timings.push(outcome.value);
      else runs.failures.push(outcome.reason instanceof Error ? outcome.reason.message : String(outcome.reason));
    }
  }
}

/** Lifecycles of all contenders, interleaved round by round, after warm-ups that do not count. */
export async function measureLifecycles(
  context: SectionContext,
  contenders: readonly Contender[],
  how: Pick<LifecycleResult, 'batchSize' | 'restMs'>,
): Promise<LifecycleResult> {
  const { runs, warmUps } = context.options;
  const { batchSize } = how;
  const empty = (): LifecycleResult => ({ ...how, contenders: { carrel: noRuns(), floor: noRuns(), launch: noRuns() } });
  const rounds = (count: number) => Math.ceil(count / batchSize);
  const thrownAway = empty();
  for (let round = 0; round < rounds(warmUps); round++) await playRound(context, thrownAway, round, contenders);
  const result = empty();
  for (let round = 0; round < rounds(runs); round++) {
    context.progress(`${round * batchSize} of ${rounds(runs) * batchSize}`);
    await playRound(context, result, round, contenders);
  }
  return result;
}

/** Lifecycles one at a time with rests between, without, and in batches, on the same server and the same floor. */
async function measureAll(context: SectionContext): Promise<LifecycleResult[]> {
  const { executablePath, signal, options } = context;
  const contenders: Contender[] = [];
  try {
    // Browsers that are released but not gone yet do not count, so this is more than ever are open.
    contenders.push(new CarrelContender(await CarrelServer.start({ maxBrowsers: options.batchSize, signal })));
    contenders.push(await FloorContender.start({ executablePath, slots: options.batchSize, signal }));
    contenders.push(new LaunchContender(executablePath));
    const results: LifecycleResult[] = [];
    for (const how of [
      { batchSize: 1, restMs: REST_MS },
      { batchSize: 1, restMs: 0 },
      { batchSize: options.batchSize, restMs: 0 },
    ]) {
      results.push(await measureLifecycles(context, contenders, how));
    }
    return results;
  } finally {
    await disposeAll(contenders);
  }
}

function lifecycleTable({ batchSize, restMs, contenders }: LifecycleResult): string {
  const how = batchSize === 1 ? `one at a time${restMs > 0 ? `, ${restMs} ms of rest before` : ''}` : `in batches of ${batchSize}`;
  const counts = CONTENDERS.map((name) => contenders[name].timings.length);
  const row = (name: string, read: (timing: Timing) => number | undefined) => {
    const summaries = CONTENDERS.map((contender) => summarize(contenders[contender].timings.flatMap((timing) => read(timing) ?? [])));
    return [name, ...summaries.map(spread), ...ratios(summaries.map((summary) => summary?.p50))];
  };
  const rates = CONTENDERS.map((name) => sessionsPerSecond(contenders[name]));
  const rows = [
    [`Lifecycle ${how}`, ...HEAD],
    ...PHASES.map((phase) => row(phase, (timing) => timing[phase])),
    row('connect + goto', connectAndGoto),
    row('total', ({ total }) => total),
    ['sessions per second', ...rates.map(orDash), ...ratios(rates)],
    ['failed', ...CONTENDERS.map((name) => `${contenders[name].failures.length}`)],
  ];
  const legend = `  ms, median / p95 (min–max) of ${[...new Set(counts)].join(', ')} runs; sessions per second until all of them is gone`;
  return [drawTable(rows), legend, ...CONTENDERS.flatMap((name) => failures(name, contenders[name]))].join('\n');
}

/** Where a run is created with its page, as with `launch`, connecting is opening that page. */
function connectAndGoto({ connect, goto }: Timing): number | undefined {
  return connect === undefined || goto === undefined ? undefined : connect + goto;
}

/** Counted over all the time that was the contender's turn, teardown included: what could be kept up. */
export function sessionsPerSecond({ timings, busyMs }: LifecycleRuns): number | undefined {
  return busyMs === 0 ? undefined : (timings.length / busyMs) * 1000;
}

/** Each kind of failure once. */
const failures = (name: ContenderName, runs: LifecycleRuns) => [...new Set(runs.failures)].map((message) => `  ${name} failed: ${message}`);

function goals(results: readonly LifecycleResult[]): Goal[] {
  const rested = results.find(({ restMs }) => restMs > 0);
  if (rested === undefined) return [];
  const of = (name: ContenderName, read: (timing: Timing) => number | undefined) =>
    summarize(rested.contenders[name].timings.flatMap((timing) => read(timing) ?? []));
  const beside = (name: ContenderName, read: (timing: Timing) => number | undefined) => ({ name, value: of(name, read)?.p50 });
  const total = ({ total }: Timing) => total;
  const create = of('carrel', (timing) => timing.create);
  return [
    { what: 'warm create, p50', unit: 'ms', ours: create?.p50, limit: { atMost: 12 } },
    { what: 'warm create, p99', unit: 'ms', ours: create?.p99, limit: { atMost: 60 } },
    {
      what: 'connect + goto',
      unit: 'ms',
      ours: of('carrel', connectAndGoto)?.p50,
      beside: beside('floor', connectAndGoto),
      limit: { atMost: 1.25 },
    },
    { what: 'release, p50', unit: 'ms', ours: of('carrel', ({ release }) => release)?.p50, limit: { atMost: 12 } },
    { what: 'whole lifecycle', unit: 'ms', ours: of('carrel', total)?.p50, beside: beside('floor', total), limit: { atMost: 1.35 } },
    { what: 'whole lifecycle', unit: 'ms', ours: of('carrel', total)?.p50, beside: beside('launch', total), limit: { atMost: 0.5 } },
  ];
}

/** Create, connect, goto, release: one at a time, then in batches. */
export const lifecycle: Section<LifecycleResult[]> = { measure: measureAll, tables: (results) => results.map(lifecycleTable), goals };
