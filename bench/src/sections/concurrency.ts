import { setTimeout as delay } from 'node:timers/promises';
import { CarrelServer } from '../carrel-server.js';
import { CdpConnection } from '../cdp-connection.js';
import { CarrelContender } from '../contenders/carrel.js';
import { failureNotes, noRuns, type Runs, runSideBySide } from '../contenders/runs.js';
import { disposeAll } from '../dispose-all.js';
import type { Goal } from '../report/goals.js';
import type { Plot } from '../report/plot.js';
import { formatNumber, spread, type Table } from '../report/table.js';
import { summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

/** What so many clients at once get of Carrel, each of which opens the next browser as soon as its last is released. */
export interface ConcurrencyResult extends Runs {
  atOnce: number;
  /** Until nothing of it was left and the pool was as full as before. */
  perSecond: number;
  /** How often a client was turned away because the machine was overloaded. It came back when it was told to. */
  refused: number;
  /** How long round trips to a browser took that ran all the time, in ms. */
  tripMs: number[];
}

const LEVELS = [1, 2, 4, 8, 16, 32];
const QUICK_LEVELS = [2, 5];
/** Of the number at once that gives the most sessions per second: what is far too much. */
const OVERLOAD = 3;
const FEWEST_SESSIONS = 20;
const QUICK_FEWEST_SESSIONS = 6;
const SESSIONS_PER_CLIENT = 2;
const QUICK_SESSIONS_PER_CLIENT = 1;
/** A look now and then costs the machine next to nothing. */
const TRIP_PAUSE_MS = 25;

/** More and more clients at once, up to where it gets no better, and then three times as many as that. */
async function measureConcurrency(context: SectionContext): Promise<ConcurrencyResult[]> {
  const { options, signal } = context;
  const levels = options.isQuick ? QUICK_LEVELS : LEVELS;
  const opened: AsyncDisposable[] = [];
  try {
    const server = await CarrelServer.start({ maxBrowsers: OVERLOAD * Math.max(...levels) + 1, signal });
    opened.push(server);
    const { cdpUrl } = await server.client.browsers.open({}, { keepAlive: false });
    const connection = await CdpConnection.overWebSocket(cdpUrl);
    opened.push({ [Symbol.asyncDispose]: async () => connection[Symbol.dispose]() });
    const beside = { connection, sessionId: await connection.attachToPage() };
    await play(context, server, beside, Math.max(...levels)); // warm-up, after which the pool knows what is asked of it
    const results: ConcurrencyResult[] = [];
    for (const atOnce of levels) results.push(await play(context, server, beside, atOnce));
    const overload = OVERLOAD * (peakOf(results)?.atOnce ?? 1);
    if (!levels.includes(overload)) results.push(await play(context, server, beside, overload));
    return results.toSorted((a, b) => a.atOnce - b.atOnce);
  } finally {
    await disposeAll(opened);
  }
}

interface Beside {
  connection: CdpConnection;
  sessionId: string;
}

async function play(
  { options, pageUrl: url, signal, progress }: SectionContext,
  server: CarrelServer,
  beside: Beside,
  atOnce: number,
): Promise<ConcurrencyResult> {
  const [fewest, each] = options.isQuick ? [QUICK_FEWEST_SESSIONS, QUICK_SESSIONS_PER_CLIENT] : [FEWEST_SESSIONS, SESSIONS_PER_CLIENT];
  const sessions = Math.max(fewest, each * atOnce);
  progress(`${sessions} sessions, ${atOnce} at once`);
  const contender = new CarrelContender(server);
  await server.untilPool(({ starting }) => starting === 0);
  const { ready } = await server.pool();
  const runs = noRuns();
  const over = new AbortController();
  const trips = timeTrips(beside, over.signal);
  // What fails there is thrown by `await trips`, after the runs.
  trips.catch(() => over.abort());
  try {
    const startedAt = performance.now();
    await runSideBySide(contender, { sessions, atOnce, url, signal }, runs);
    await contender.settle();
    await server.untilPool((counts) => counts.ready >= ready);
    const perSecond = (runs.timings.length / (performance.now() - startedAt)) * 1000;
    over.abort();
    return { ...runs, atOnce, perSecond, refused: contender.refused, tripMs: await trips };
  } finally {
    over.abort();
  }
}

/** Round trips again and again, until it is over. */
async function timeTrips({ connection, sessionId }: Beside, over: AbortSignal): Promise<number[]> {
  const trips: number[] = [];
  while (!over.aborted) {
    const startedAt = performance.now();
    await connection.call('Runtime.evaluate', { expression: '1 + 1' }, sessionId);
    trips.push(performance.now() - startedAt);
    await delay(TRIP_PAUSE_MS);
  }
  return trips;
}

/** Where the most sessions per second are had. */
const peakOf = (results: readonly ConcurrencyResult[]) => results.toSorted((a, b) => b.perSecond - a.perSecond)[0];

function concurrencyTable(results: readonly ConcurrencyResult[]): Table {
  const rows = results.map(({ atOnce, perSecond, timings, refused, failures, tripMs }) => {
    const trips = summarize(tripMs);
    return [
      `${atOnce}`,
      formatNumber(perSecond),
      spread(summarize(timings.map(({ total }) => total))),
      spread(summarize(timings.flatMap(({ create }) => create ?? []))),
      `${refused}`,
      `${failures.length}`,
      trips === undefined ? '–' : `${formatNumber(trips.p50)} / ${formatNumber(trips.p99)} / ${formatNumber(trips.max)}`,
    ];
  });
  return {
    rows: [['Clients at once', 'sessions per second', 'total', 'create', 'turned away', 'failed', 'a browser beside them'], ...rows],
    notes: [
      'ms, median / p95 (min–max); turned away: answers 503 overloaded, after which the client waited as told (in total)',
      'a browser beside them: round trips to one that ran all the time, ms, median / p99 / longest',
      ...results.flatMap((result) => failureNotes(`${result.atOnce} at once`, result)),
    ],
  };
}

function goals(results: readonly ConcurrencyResult[]): Goal[] {
  // Of which three times as many were tried.
  const peak = peakOf(results.filter(({ atOnce }) => results.some((other) => other.atOnce === OVERLOAD * atOnce)));
  if (peak === undefined) return [];
  const overloaded = results.find(({ atOnce }) => atOnce === OVERLOAD * peak.atOnce);
  return [
    {
      what: `overloaded, ${OVERLOAD * peak.atOnce} clients at once`,
      unit: 'per second',
      ours: overloaded?.perSecond,
      beside: { name: `at its peak, with ${peak.atOnce}`, value: peak.perSecond },
      limit: { atLeast: 0.9 },
    },
  ];
}

function throughputPlot(results: readonly ConcurrencyResult[]): Plot {
  return {
    name: 'throughput',
    title: 'Sessions per second, by how many clients there are at once',
    x: { label: 'clients at once', scale: 'logarithmic', ticks: results.map(({ atOnce }) => atOnce) },
    y: { label: 'sessions per second', scale: 'linear' },
    lines: [{ name: 'Carrel', points: results.map(({ atOnce, perSecond }) => [atOnce, perSecond] as const) }],
  };
}

/** What becomes of throughput, of latency and of others when more and more is asked for at once. */
export const concurrency: Section<ConcurrencyResult[]> = {
  title: 'Many clients at once',
  measure: measureConcurrency,
  tables: (results) => [concurrencyTable(results)],
  goals,
  plots: (results) => [throughputPlot(results)],
  failures: (results) => results.reduce((sum, { failures }) => sum + failures.length, 0),
};
