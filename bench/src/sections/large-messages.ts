import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { BareChromium } from '../bare-chromium.js';
import { CarrelServer } from '../carrel-server.js';
import { CdpConnection } from '../cdp-connection.js';
import { disposeAll } from '../dispose-all.js';
import { orderOfRound } from '../order.js';
import type { Goal } from '../report/goals.js';
import { orDash, type Table } from '../report/table.js';
import { summarize } from '../statistics.js';
import type { Section, SectionContext } from './section.js';

/**
 * What large messages go on beside the round trips that are measured: none, such of a Chromium that Carrel has nothing to do with, and such
 * of another browser of the same server. The second uses the machine as much as the third, so that what they differ by is the server's.
 */
const BESIDE = ['nothing', 'port', 'gateway'] as const;
type Beside = (typeof BESIDE)[number];

export interface LargeMessageResult {
  messageBytes: number;
  /** How long each round trip through Carrel took. */
  tripMs: Record<Beside, number[]>;
}

const MESSAGE_BYTES = 20 * 1024 * 1024;
const FIRST_MESSAGE_DEADLINE_MS = 30_000;

async function measureLargeMessages({ executablePath, options, signal, progress }: SectionContext): Promise<LargeMessageResult> {
  const result: LargeMessageResult = { messageBytes: MESSAGE_BYTES, tripMs: { nothing: [], port: [], gateway: [] } };
  const opened: AsyncDisposable[] = [];
  try {
    const server = await CarrelServer.start({ maxBrowsers: 2, signal });
    opened.push(server);
    const { cdpUrl } = await server.client.browsers.open({}, { keepAlive: false });
    const other = await server.client.browsers.open({}, { keepAlive: false });
    const { chromium, url } = await BareChromium.withPort(executablePath, signal);
    opened.push(chromium);
    const connection = await CdpConnection.overWebSocket(cdpUrl);
    opened.push({ [Symbol.asyncDispose]: async () => connection[Symbol.dispose]() });
    const sessionId = await connection.attachToPage();
    const urls: Record<Beside, string | undefined> = { nothing: undefined, port: url, gateway: other.cdpUrl };
    for (let round = 1; round <= options.roundTripRounds; round++) {
      progress(`round ${round} of ${options.roundTripRounds}`);
      for (const beside of orderOfRound(BESIDE, round)) {
        signal.throwIfAborted();
        result.tripMs[beside].push(...(await measureBeside(urls[beside], connection, sessionId, options.roundTripMs)));
      }
    }
  } finally {
    await disposeAll(opened);
  }
  return result;
}

async function measureBeside(url: string | undefined, connection: CdpConnection, sessionId: string, durationMs: number): Promise<number[]> {
  const pump =
    url === undefined
      ? undefined
      : new Worker(new URL('../large-message-pump.js', import.meta.url), { workerData: { url, messageBytes: MESSAGE_BYTES } });
  try {
    if (pump !== undefined) await once(pump, 'message', { signal: AbortSignal.timeout(FIRST_MESSAGE_DEADLINE_MS) });
    const trips: number[] = [];
    const startedAt = performance.now();
    for (let begun = startedAt; begun - startedAt < durationMs; ) {
      await connection.call('Runtime.evaluate', { expression: '1 + 1' }, sessionId);
      const now = performance.now();
      trips.push(now - begun);
      begun = now;
    }
    return trips;
  } finally {
    await pump?.terminate();
  }
}

const NAMES: Record<Beside, string> = {
  nothing: 'beside nothing',
  port: "beside such messages of Chromium's port",
  gateway: "beside such messages of another browser of Carrel's",
};

function largeMessageTable({ tripMs, messageBytes }: LargeMessageResult): Table {
  const rows = BESIDE.map((beside) => {
    const { p50, p99, max } = summarize(tripMs[beside]) ?? {};
    return [NAMES[beside], ...[p50, p99, max].map(orDash)];
  });
  const head = [`Round trips, messages of ${messageBytes / 1024 / 1024} MiB beside them`, 'p50 ms', 'p99 ms', 'max ms'];
  return { rows: [head, ...rows] };
}

function goals({ tripMs }: LargeMessageResult): Goal[] {
  const [gateway, port] = [summarize(tripMs.gateway), summarize(tripMs.port)];
  const addedMs = gateway === undefined || port === undefined ? undefined : gateway.p99 - port.p99;
  return [{ what: 'stall by large messages of another browser (p99)', unit: 'ms', ours: addedMs, limit: { atMost: 10 } }];
}

/** What large messages of one browser do to the others. */
export const largeMessages: Section<LargeMessageResult> = {
  title: 'Large messages',
  measure: measureLargeMessages,
  tables: (result) => [largeMessageTable(result)],
  goals,
};
