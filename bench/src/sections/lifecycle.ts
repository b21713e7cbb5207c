import { setTimeout as delay } from 'node:timers/promises';
import { CarrelServer } from '../carrel-server.js';
import { CarrelContender } from '../contenders/carrel.js';
import { COMPARED, type Compared, HEAD, ratios } from '../contenders/columns.js';
import { PHASES, type Timing } from '../contenders/contender.js';
import { FloorContender } from '../contenders/floor.js';
import { LaunchContender } from '../contenders/launch.js';
import { failureNotes, noRuns, type Runs, runInBatches } from '../contenders/runs.js';
import { disposeAll } from '../dispose-all.js';
import { orderOfRound } from '../order.js';
import type { Goal } from '../report/goals.js';
import { distribution, type Plot } from '../report/plot.js';
import { spread, type Table } from '../report/table.js';
import { summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

/** Enough for a pool of one to be full again. */
const REST_MS = 500;

export interface LifecycleResult {
  /** How long nothing went on before each lifecycle, in ms. */
  restMs: number;
  contenders: Record<Compared, Runs>;
}

/** Lifecycles one at a time with rests between, the contenders interleaved round by round. */
async function measureLifecycles({ executablePath, signal, options, pageUrl, progress }: SectionContext): Promise<LifecycleResult> {
  const contenders: (CarrelContender | FloorContender | LaunchContender)[] = [];
  try {
    contenders.push(new CarrelContender(await CarrelServer.start({ maxBrowsers: 2, signal })));
    contenders.push(await FloorContender.start({ executablePath, slots: 1, signal }));
    contenders.push(new LaunchContender(executablePath));
    const contendersOf = () => ({ carrel: noRuns(), floor: noRuns(), launch: noRuns() });
    const result: LifecycleResult = { restMs: REST_MS, contenders: contendersOf() };
    const thrownAway = contendersOf();
    for (let round = -options.warmUps; round < options.runs; round++) {
      progress(`${Math.max(0, round)} of ${options.runs}`);
      for (const contender of orderOfRound(contenders, round + options.warmUps)) {
        await delay(REST_MS, undefined, { signal });
        const runs = (round < 0 ? thrownAway : result.contenders)[contender.name];
        await runInBatches(contender, { sessions: 1, atOnce: 1, url: pageUrl, signal }, runs);
        await contender.settle();
      }
    }
    return result;
  } finally {
    await disposeAll(contenders);
  }
}

function lifecycleTable({ restMs, contenders }: LifecycleResult): Table {
  const row = (name: string, read: (timing: Timing) => number | undefined) => {
    const summaries = COMPARED.map((contender) => summarize(contenders[contender].timings.flatMap((timing) => read(timing) ?? [])));
    return [name, ...summaries.map(spread), ...ratios(summaries.map((summary) => summary?.p50))];
  };
  const counts = COMPARED.map((name) => contenders[name].timings.length);
  return {
    rows: [
      [`Lifecycle one at a time, ${restMs} ms of rest before`, ...HEAD],
      ...PHASES.map((phase) => row(phase, (timing) => timing[phase])),
      row('connect + goto', connectAndGoto),
      row('total', ({ total }) => total),
      ['failed', ...COMPARED.map((name) => `${contenders[name].failures.length}`)],
    ],
    notes: [
      `ms, median / p95 (min–max) of ${[...new Set(counts)].join(', ')} runs`,
      ...COMPARED.flatMap((name) => failureNotes(name, contenders[name])),
    ],
  };
}

/** Where a run is created with its page, as with `launch`, connecting is opening that page. */
function connectAndGoto({ connect, goto }: Timing): number | undefined {
  return connect === undefined || goto === undefined ? undefined : connect + goto;
}

function goals({ contenders }: LifecycleResult): Goal[] {
  const of = (name: Compared, read: (timing: Timing) => number | undefined) =>
    summarize(contenders[name].timings.flatMap((timing) => read(timing) ?? []));
  const beside = (name: Compared, read: (timing: Timing) => number | undefined) => ({ name, value: of(name, read)?.p50 });
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

function latencyPlot({ contenders }: LifecycleResult): Plot {
  return {
    name: 'latency',
    title: 'A whole lifecycle, one at a time: the share that took no longer',
    x: { label: 'ms', scale: 'logarithmic' },
    y: { label: 'share of the lifecycles', scale: 'linear', ticks: [0, 0.25, 0.5, 0.75, 1] },
    lines: COMPARED.map((name) => {
      const totals = contenders[name].timings.map(({ total }) => total);
      return distribution(name === 'carrel' ? 'Carrel' : name, totals);
    }),
  };
}

/** Create, connect, goto, release: one at a time. */
export const lifecycle: Section<LifecycleResult> = {
  title: 'Lifecycle',
  measure: measureLifecycles,
  tables: (result) => [lifecycleTable(result)],
  goals,
  plots: (result) => [latencyPlot(result)],
  failures: ({ contenders }) => COMPARED.reduce((sum, name) => sum + contenders[name].failures.length, 0),
};
