import { BareChromium } from '../bare-chromium.js';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { CarrelServer } from '../carrel-server.js';
import { CdpConnection } from '../cdp-connection.js';
import { disposeAll } from '../dispose-all.js';
import type { Goal } from '../goals.js';
import { orderOfRound } from '../order.js';
import { median, summarize } from '../statistics.js';
import { drawTable, formatRatio, withRange } from '../table.js';
import type { Section, SectionContext } from './section.js';

/** Carrel's gateway, Chromium's pipe, Chromium's own WebSocket port. */
export const WAYS = ['gateway', 'pipe', 'port'] as const;
export type Way = (typeof WAYS)[number];

/** Round trips per second, one figure for each round. */
export interface RoundTripResult {
  inFlight: number;
  perSecond: Record<Way, number[]>;
}

interface Client {
  way: Way;
  connection: CdpConnection;
  sessionId: string;
}

const ROUND_GRACE_MS = 30_000;

/** `Runtime.evaluate` over each way, with one call and with ten in flight, the ways interleaved round by round. */
export async function measureRoundTrips(context: SectionContext): Promise<RoundTripResult[]> {
  const opened: AsyncDisposable[] = [];
  try {
    const clients = await connectAll(context, opened);
    const results: RoundTripResult[] = [];
    for (const inFlight of [1, 10]) results.push(await measure(context, clients, inFlight));
    return results;
  } finally {
    await disposeAll(opened);
  }
}

async function connectAll({ executablePath, signal }: SectionContext, opened: AsyncDisposable[]): Promise<Client[]> {
  const keep = <T extends AsyncDisposable>(thing: T): T => {
    opened.push(thing);
    return thing;
  };
  const clientOf = async (way: Way, connection: CdpConnection): Promise<Client> => {
    keep({ [Symbol.asyncDispose]: async () => connection[Symbol.dispose]() });
    return { way, connection, sessionId: await connection.attachToPage() };
  };
  const server = keep(await CarrelServer.start({ maxBrowsers: 1, signal }));
  const { cdpUrl } = await server.client.browsers.open({}, { keepAlive: false });
  const pipe = await BareChromium.withPipe(executablePath);
  keep(pipe.chromium);
  const port = await BareChromium.withPort(executablePath, signal);
  keep(port.chromium);
  return [
    await clientOf('gateway', await CdpConnection.overWebSocket(cdpUrl)),
    await clientOf('pipe', CdpConnection.overPipe(pipe.pipes)),
    await clientOf('port', await CdpConnection.overWebSocket(port.url)),
  ];
}

async function measure({ options, signal, progress }: SectionContext, clients: readonly Client[], inFlight: number) {
  const result: RoundTripResult = { inFlight, perSecond: { gateway: [], pipe: [], port: [] } };
  // The first round warms up.
  for (let round = 0; round <= options.roundTripRounds; round++) {
    progress(`${inFlight} in flight, round ${round} of ${options.roundTripRounds}`);
    for (const client of orderOfRound(clients, round)) {
      signal.throwIfAborted();
      const perSecond = await countRoundTrips(client, inFlight, options.roundTripMs);
      if (round > 0) result.perSecond[client.way].push(perSecond);
    }
  }
  return result;
}

async function countRoundTrips({ connection, sessionId, way }: Client, inFlight: number, durationMs: number): Promise<number> {
  const startedAt = performance.now();
  let count = 0;
  const callAgainAndAgain = async () => {
    while (performance.now() - startedAt < durationMs) {
      const { result } = (await connection.call('Runtime.evaluate', { expression: '1 + 1' }, sessionId)) as { result: { value: unknown } };
      if (result.value !== 2) throw new BenchmarkFailed(`1 + 1 was answered with ${JSON.stringify(result)} over the ${way}`);
      count += 1;
    }
  };
  // One timer for the round: one for each call would be a part of what is measured. Hanging up rejects the calls that wait.
  const late = setTimeout(() => connection[Symbol.dispose](), durationMs + ROUND_GRACE_MS);
  try {
    await Promise.all(Array.from({ length: inFlight }, callAgainAndAgain));
  } finally {
    clearTimeout(late);
  }
  return (count / (performance.now() - startedAt)) * 1000;
}

function roundTripTable(results: readonly RoundTripResult[]): string {
  const rows = results.map(({ inFlight, perSecond }) => {
    const [gateway, pipe, port] = WAYS.map((way) => perSecond[way]).map((rounds) => (rounds.length === 0 ? undefined : median(rounds)));
    const cells = WAYS.map((way) => summarize(perSecond[way])).map((summary) => (summary === undefined ? '–' : withRange(summary)));
    return [`${inFlight} in flight`, ...cells, formatRatio(gateway, pipe), formatRatio(gateway, port)];
  });
  const head = ['Runtime.evaluate', "Carrel's gateway", "Chromium's pipe", "Chromium's port", '÷ pipe', '÷ port'];
  return `${drawTable([head, ...rows])}\n  round trips per second, median (min–max) of the rounds`;
}

function goals(results: readonly RoundTripResult[]): Goal[] {
  return results.map(({ inFlight, perSecond }) => ({
    what: `Runtime.evaluate, ${inFlight} in flight`,
    unit: 'per second',
    ours: summarize(perSecond.gateway)?.p50,
    beside: { name: "Chromium's port", value: summarize(perSecond.port)?.p50 },
    limit: { atLeast: inFlight === 1 ? 0.85 : 0.9 },
  }));
}

/** CDP calls through the gateway, beside Chromium's own ways. */
export const roundTrips: Section<RoundTripResult[]> = { measure: measureRoundTrips, tables: (results) => [roundTripTable(results)], goals };
