import { CarrelServer } from '../carrel-server.js';
import { CarrelContender } from '../contenders/carrel.js';
import { failureNotes, noRuns, type Runs, runInBatches } from '../contenders/runs.js';
import { findLeftovers, type Leftovers } from '../leftovers.js';
import { residentBytes } from '../processes.js';
import type { Goal } from '../report/goals.js';
import { formatNumber, type Table } from '../report/table.js';
import { median, type Trend, trendOf } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

export interface EnduranceResult extends Runs {
  lifecycles: number;
  /** Resident set of the server after each lifecycle; empty where the system does not tell. */
  residentBytes: number[];
  /** Of the browsers of all lifecycles, when the last was released and gone. */
  left: Leftovers;
  /** The same while the last of them was open, to show that it would have been seen. */
  seen: Leftovers;
}

/** Until the pool of the server has settled to being asked without a rest. */
const WARM_UPS = 5;
/** Fewer say nothing about what grows. */
const FEWEST_FOR_SLOPES = 200;
const BLOCKS = 20;
const SMALLEST_BLOCK = 5;
/** Of the blocks: what is loaded and compiled then is so only once. */
const WARM_UP_SHARE = 0.1;
/** A slope of no more standard errors than this may well be none: of runs without a slope, 97 in 100 stay below (Student's t, 16 degrees of freedom). */
const MOST_STANDARD_ERRORS = 2;
const MEBIBYTE = 1024 * 1024;

/** Lifecycle after lifecycle, one at a time, on one server; then a look at what is left of them. */
async function measureEndurance({ options, pageUrl: url, signal, progress }: SectionContext): Promise<EnduranceResult> {
  const server = await CarrelServer.start({ maxBrowsers: 2, signal });
  await using contender = new CarrelContender(server);
  await runInBatches(contender, { sessions: WARM_UPS, atOnce: 1, url, signal }, noRuns());
  const runs = noRuns();
  const resident: number[] = [];
  for (let run = 1; run <= options.lifecycles; run++) {
    progress(`${run} of ${options.lifecycles}`);
    await runInBatches(contender, { sessions: 1, atOnce: 1, url, signal }, runs);
    resident.push(...[residentBytes(server.pid)].filter((bytes) => bytes !== undefined));
  }
  await contender.leaveOpen(0, url);
  await contender.settle();
  const places = { runDirectory: server.runDirectory, browserPids: server.browserPids() };
  const [seen, left] = [findLeftovers(places, contender.heldIds), findLeftovers(places, contender.releasedIds)];
  return { ...runs, lifecycles: options.lifecycles, residentBytes: resident, left, seen };
}

/** The medians of blocks of values, those at the beginning left out. */
export function blockMedians(values: readonly number[]): { size: number; medians: number[] } {
  const size = Math.max(SMALLEST_BLOCK, Math.floor(values.length / BLOCKS));
  const count = Math.floor(values.length / size);
  const medians = Array.from({ length: count }, (_, block) => median(values.slice(block * size, (block + 1) * size)));
  return { size, medians: medians.slice(Math.ceil(count * WARM_UP_SHARE)) };
}

/** In standard errors, and for each thousand lifecycles; undefined for too few. */
function slopeOf(values: readonly number[]): { inErrors: number; perThousand: Trend; first: number; last: number } | undefined {
  const { size, medians } = blockMedians(values);
  const trend = trendOf(medians);
  const [first, last] = [medians[0], medians.at(-1)];
  if (trend === undefined || first === undefined || last === undefined) return undefined;
  const each = 1000 / size;
  return {
    inErrors: trend.slope === 0 ? 0 : trend.slope / trend.standardError,
    perThousand: { slope: trend.slope * each, standardError: trend.standardError * each },
    first,
    last,
  };
}

const latencyOf = ({ timings }: EnduranceResult) => slopeOf(timings.map(({ total }) => total));
const memoryOf = (result: EnduranceResult) => slopeOf(result.residentBytes.map((bytes) => bytes / MEBIBYTE));

function enduranceTables(result: EnduranceResult): Table[] {
  const { lifecycles, left, seen, failures } = result;
  const row = (name: string, slope: ReturnType<typeof slopeOf>) =>
    slope === undefined
      ? [name]
      : [
          name,
          ...[slope.first, slope.last, slope.perThousand.slope, slope.perThousand.standardError].map(formatNumber),
          slope.inErrors.toFixed(1),
        ];
  return [
    {
      rows: [
        [
          `${formatNumber(lifecycles)} lifecycles, one at a time`,
          'at first',
          'at last',
          'more per 1,000',
          '± standard error',
          'in standard errors',
        ],
        row('total, ms', latencyOf(result)),
        row('RSS of the server, MiB', memoryOf(result)),
      ],
      notes: ['a line by least squares through the medians of blocks of lifecycles, the first tenth left out'],
    },
    {
      rows: [
        ['Left of them', 'failed', 'processes', 'directories', 'control groups'],
        ['of all, afterwards', failures.length, left.processes, left.directories, left.controlGroups].map(String),
        ['of one, while it was open', '', seen.processes, seen.directories, seen.controlGroups].map(String),
      ],
      notes: failureNotes('Carrel', result),
    },
  ];
}

function goals(result: EnduranceResult): Goal[] {
  const { lifecycles, timings, left } = result;
  const slope = (what: string, inErrors: number | undefined): Goal => ({
    what,
    unit: 'standard errors',
    ours: lifecycles < FEWEST_FOR_SLOPES ? undefined : inErrors,
    limit: { atMost: MOST_STANDARD_ERRORS },
  });
  return [
    { what: `lifecycles that succeed, of ${lifecycles}`, unit: '%', ours: (timings.length / lifecycles) * 100, limit: { atLeast: 100 } },
    {
      what: 'processes, directories and control groups left',
      unit: '',
      ours: left.processes + left.directories + left.controlGroups,
      limit: { atMost: 0 },
    },
    slope('slope of the latency', latencyOf(result)?.inErrors),
    slope("slope of the server's memory", memoryOf(result)?.inErrors),
  ];
}

/** Whether the thousandth lifecycle is like the first, and nothing is left of any. */
export const endurance: Section<EnduranceResult> = {
  title: 'Endurance',
  measure: measureEndurance,
  tables: enduranceTables,
  goals,
  failures: ({ failures, left }) => failures.length + left.processes + left.directories + left.controlGroups,
};
