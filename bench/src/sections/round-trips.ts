import { basename } from 'node:path';
import { BareChromium } from '../bare-chromium.js';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { CarrelServer } from '../carrel-server.js';
import { CdpConnection } from '../cdp-connection.js';
import { disposeAll } from '../dispose-all.js';
import { orderOfRound } from '../order.js';
import { cpuMs, descendants, NAME_CHARS } from '../processes.js';
import type { Goal } from '../report/goals.js';
import { formatRatio, orDash, type Table, withRange } from '../report/table.js';
import { median, summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

/** Carrel's gateway, Chromium's pipe, Chromium's own WebSocket port. */
const WAYS = ['gateway', 'pipe', 'port'] as const;
type Way = (typeof WAYS)[number];

/** What was measured under one load, one figure for each round. */
export interface RoundTripResult {
  /** Each with a client of its own. */
  browsers: number;
  /** Of each client. */
  inFlight: number;
  /** Round trips per second of all clients together; none for a way that was not measured. */
  perSecond: Record<Way, number[]>;
  /** CPU of the server while its browsers were called, divided by that of these browsers; none where the system does not tell. */
  serverCpuShare: number[];
}

interface Client {
  connection: CdpConnection;
  sessionId: string;
}

interface Contestant {
  way: Way;
  clients: readonly Client[];
}

const LOADS = [
  { browsers: 1, inFlights: [1, 10] },
  { browsers: 10, inFlights: [1] },
] as const;
const QUICK_BROWSERS = 3;
const ROUND_GRACE_MS = 30_000;

/** `Runtime.evaluate` over each way, under each load, the ways interleaved round by round. */
async function measureRoundTrips(context: SectionContext): Promise<RoundTripResult[]> {
  const results: RoundTripResult[] = [];
  for (const { browsers, inFlights } of LOADS) {
    results.push(...(await measureLoads(context, context.options.isQuick ? Math.min(browsers, QUICK_BROWSERS) : browsers, inFlights)));
  }
  return results;
}

async function measureLoads(context: SectionContext, browsers: number, inFlights: readonly number[]): Promise<RoundTripResult[]> {
  const opened: AsyncDisposable[] = [];
  try {
    const server = await CarrelServer.start({ maxBrowsers: browsers, signal: context.signal });
    opened.push(server);
    const ways = browsers === 1 ? WAYS : (['gateway', 'port'] as const);
    const contestants: Contestant[] = [];
    for (const way of ways) {
      context.progress(`opening ${browsers} for the ${way}`);
      const clients: Client[] = [];
      while (clients.length < browsers) clients.push(await connect(way, context, server, opened));
      contestants.push({ way, clients });
    }
    const results: RoundTripResult[] = [];
    for (const inFlight of inFlights) results.push(await measure(context, server, contestants, { browsers, inFlight }));
    return results;
  } finally {
    await disposeAll(opened);
  }
}

async function connect(way: Way, { executablePath, signal }: SectionContext, server: CarrelServer, opened: AsyncDisposable[]) {
  const open = async (): Promise<CdpConnection> => {
    if (way === 'gateway') {
      const { cdpUrl } = await server.client.browsers.open({}, { keepAlive: false });
      return await CdpConnection.overWebSocket(cdpUrl);
    }
    if (way === 'pipe') {
      const { chromium, pipes } = await BareChromium.withPipe(executablePath);
      opened.push(chromium);
      return CdpConnection.overPipe(pipes);
    }
    const { chromium, url } = await BareChromium.withPort(executablePath, signal);
    opened.push(chromium);
    return await CdpConnection.overWebSocket(url);
  };
  const connection = await open();
  opened.push({ [Symbol.asyncDispose]: async () => connection[Symbol.dispose]() });
  return { connection, sessionId: await connection.attachToPage() };
}

async function measure(
  { options, signal, progress, executablePath }: SectionContext,
  server: CarrelServer,
  contestants: readonly Contestant[],
  load: Pick<RoundTripResult, 'browsers' | 'inFlight'>,
): Promise<RoundTripResult> {
  const name = basename(executablePath).slice(0, NAME_CHARS);
  const readCpu = () => [cpuMs([server.pid]), cpuMs(descendants([server.pid], (found) => found === name))] as const;
  const result: RoundTripResult = { ...load, perSecond: { gateway: [], pipe: [], port: [] }, serverCpuShare: [] };
  // The first round warms up.
  for (let round = 0; round <= options.roundTripRounds; round++) {
    progress(`${labelOf(load)}, round ${round} of ${options.roundTripRounds}`);
    for (const contestant of orderOfRound(contestants, round)) {
      signal.throwIfAborted();
      const before = readCpu();
      const perSecond = await countRoundTrips(contestant, load.inFlight, options.roundTripMs);
      const after = readCpu();
      if (round === 0) continue;
      result.perSecond[contestant.way].push(perSecond);
      const share = (grown(before[0], after[0]) ?? 0) / (grown(before[1], after[1]) ?? 0);
      if (contestant.way === 'gateway' && Number.isFinite(share)) result.serverCpuShare.push(share);
    }
  }
  return result;
}

const grown = (before: number | undefined, after: number | undefined) =>
  before === undefined || after === undefined ? undefined : after - before;

async function countRoundTrips({ clients, way }: Contestant, inFlight: number, durationMs: number): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const callAgainAndAgain = async ({ connection, sessionId }: Client) => {
    while (performance.now() - startedAt < durationMs) {
      const { result } = (await connection.call('Runtime.evaluate', { expression: '1 + 1' }, sessionId)) as { result: { value: unknown } };
      if (result.value !== 2) throw new BenchmarkFailed(`1 + 1 was answered with ${JSON.stringify(result)} over the ${way}`);
      count += 1;
    }
  };
  // One timer for the round: one for each call would be a part of what is measured. Hanging up rejects the calls that wait.
  const late = setTimeout(() => {
    for (const { connection } of clients) connection[Symbol.dispose]();
  }, durationMs + ROUND_GRACE_MS);
  try {
    await Promise.all(clients.flatMap((client) => Array.from({ length: inFlight }, () => callAgainAndAgain(client))));
  } finally {
    clearTimeout(late);
  }
  return (count / (performance.now() - startedAt)) * 1000;
}

const labelOf = ({ browsers, inFlight }: Pick<RoundTripResult, 'browsers' | 'inFlight'>) =>
  browsers === 1 ? `${inFlight} in flight` : `${browsers} clients on ${browsers} browsers`;

const percentOf = (shares: readonly number[]) => (shares.length === 0 ? undefined : median(shares) * 100);

function roundTripTable(results: readonly RoundTripResult[]): Table {
  const rows = results.map((result) => {
    const { perSecond, serverCpuShare } = result;
    const [gateway, pipe, port] = WAYS.map((way) => perSecond[way]).map((rounds) => (rounds.length === 0 ? undefined : median(rounds)));
    const cells = WAYS.map((way) => summarize(perSecond[way])).map((summary) => (summary === undefined ? '–' : withRange(summary)));
    return [labelOf(result), ...cells, formatRatio(gateway, pipe), formatRatio(gateway, port), orDash(percentOf(serverCpuShare))];
  });
  const head = ['Runtime.evaluate', "Carrel's gateway", "Chromium's pipe", "Chromium's port", '÷ pipe', '÷ port', 'CPU, %'];
  return {
    rows: [head, ...rows],
    notes: ["round trips per second, median (min–max) of the rounds; CPU of the server in % of its browsers'"],
  };
}

function goals(results: readonly RoundTripResult[]): Goal[] {
  const speed = results.map(
    (result): Goal => ({
      what: `Runtime.evaluate, ${labelOf(result)}`,
      unit: 'per second',
      ours: summarize(result.perSecond.gateway)?.p50,
      beside: { name: "Chromium's port", value: summarize(result.perSecond.port)?.p50 },
      limit: { atLeast: result.browsers * result.inFlight === 1 ? 0.85 : 0.9 },
    }),
  );
  const cpu = results.map(
    (result): Goal => ({
      what: `CPU of the server, ${labelOf(result)}`,
      unit: "% of its browsers'",
      ours: percentOf(result.serverCpuShare),
      limit: { atMost: 25 },
    }),
  );
  return [...speed, ...cpu];
}

/** CDP calls through the gateway, beside Chromium's own ways. */
export const roundTrips: Section<RoundTripResult[]> = {
  title: 'Runtime.evaluate',
  measure: measureRoundTrips,
  tables: (results) => [roundTripTable(results)],
  goals,
};
