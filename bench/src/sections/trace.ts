import type { Fetch } from '@carrel/sdk';
import { CarrelServer } from '../carrel-server.js';
import { CdpRelay, type Passed } from '../cdp-relay.js';
import { PHASES, type Phase } from '../contenders/contender.js';
import { connect, goto } from '../contenders/over-cdp.js';
import { formatNumber, orDash, type Table } from '../report/table.js';
import { median } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

/** Something that was done within a phase. */
export interface Step {
  name: string;
  /** In ms since the phase began. */
  at: number;
  /** Until it was answered, in ms; absent when it is a moment. */
  took?: number;
}

/** One lifecycle: what was done in each phase, in its order, and how long that took as the client sees it. */
export type Trace = Record<Phase, { total: number; steps: Step[] }>;

const RUNS = 20;
const QUICK_RUNS = 5;
/** Events that tell how far a page has come. */
const MILESTONES = ['Network.requestWillBeSent', 'Network.responseReceived', 'Page.frameNavigated', 'Page.domContentEventFired'];

async function measureTraces({ options, pageUrl, signal, progress }: SectionContext): Promise<Trace[]> {
  await using server = await CarrelServer.start({ maxBrowsers: 1, signal });
  const runs = options.isQuick ? QUICK_RUNS : RUNS;
  const traces: Trace[] = [];
  // The first run warms up.
  for (let run = 0; run <= runs; run++) {
    progress(`${run} of ${runs}`);
    await server.untilPool(({ ready }) => ready > 0);
    const trace = await lifecycle(server, pageUrl);
    if (run > 0) traces.push(trace);
  }
  return traces;
}

async function lifecycle(server: CarrelServer, pageUrl: string): Promise<Trace> {
  const timings: string[] = [];
  const fetchAndNote: Fetch = async (url, init) => {
    const response = await fetch(url, init);
    timings.push(response.headers.get('server-timing') ?? '');
    return response;
  };
  const time = async <T>(work: () => Promise<T>) => {
    const from = performance.now();
    const result = await work();
    return { from, total: performance.now() - from, result };
  };
  const create = await time(() => server.clientWith(fetchAndNote).browsers.open({}, { keepAlive: false }));
  const browser = create.result;
  await using relay = await CdpRelay.to(browser.cdpUrl);
  const connected = await time(() => connect(relay.url));
  const gone = await time(() => goto(connected.result.page, pageUrl));
  const passed = relay.passed.splice(0);
  const release = await time(() => browser.close());
  await connected.result.playwright.close();
  return {
    create: { total: create.total, steps: stepsOf(timings[0]) },
    connect: { total: connected.total, steps: stepsBetween(passed, connected.from, gone.from) },
    goto: { total: gone.total, steps: stepsBetween(passed, gone.from, Number.POSITIVE_INFINITY) },
    release: { total: release.total, steps: stepsOf(timings[1]) },
  };
}

/** What a `Server-Timing` header tells. */
function stepsOf(header = ''): Step[] {
  let at = 0;
  return [...header.matchAll(/([\w-]+);dur=([\d.]+)/g)].map(([, name = '', ms]) => {
    const step = { name, at, took: Number(ms) };
    at += step.took;
    return step;
  });
}

/** The commands that were sent between two moments, and the milestones. */
function stepsBetween(passed: readonly Passed[], from: number, to: number): Step[] {
  const answeredAt = new Map(passed.flatMap(({ call, method, at }) => (call !== undefined && method === undefined ? [[call, at]] : [])));
  const steps = passed
    .filter(({ at }) => at >= from && at < to)
    .flatMap(({ at, call, method }): Step[] => {
      if (method === undefined || (call === undefined && !MILESTONES.includes(method))) return [];
      const answered = call === undefined ? undefined : answeredAt.get(call);
      return [{ name: method, at: at - from, ...(answered !== undefined && { took: answered - at }) }];
    });
  const seen = new Map<string, number>();
  return steps.map((step) => {
    const count = (seen.get(step.name) ?? 0) + 1;
    seen.set(step.name, count);
    return count === 1 ? step : { ...step, name: `${step.name} (${count})` };
  });
}

function traceTable(traces: readonly Trace[]): Table {
  const rows = PHASES.flatMap((phase) => {
    const found = traces.map((trace) => trace[phase]);
    const steps = found.flatMap((one) => one.steps);
    const usual = [...new Set(steps.map(({ name }) => name))]
      .map((name) => [name, steps.filter((step) => step.name === name)] as const)
      .filter(([, all]) => all.length > traces.length / 2)
      .map(([name, all]) => ({ name, at: median(all.map(({ at }) => at)), took: medianOrNone(all.flatMap(({ took }) => took ?? [])) }))
      .sort((a, b) => a.at - b.at);
    return [
      [phase, '', formatNumber(median(found.map(({ total }) => total)))],
      ...usual.map(({ name, at, took }) => [`  ${name}`, formatNumber(at), orDash(took)]),
    ];
  });
  return {
    rows: [['Where a lifecycle’s time goes', 'at', 'took'], ...rows],
    notes: [
      `ms, medians of ${traces.length}; create and release as the server’s Server-Timing tells, connect and goto as their CDP messages went by`,
    ],
  };
}

const medianOrNone = (values: readonly number[]) => (values.length === 0 ? undefined : median(values));

/** Each step of create, connect, goto and release. */
export const trace: Section<Trace[]> = {
  title: 'Where the time of a lifecycle goes',
  measure: measureTraces,
  tables: (traces) => [traceTable(traces)],
};
