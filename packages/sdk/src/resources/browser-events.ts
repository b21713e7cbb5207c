import { CarrelApiError, CarrelConnectionError, CarrelError } from '../errors.js';
import { connectionError } from '../http/answer.js';
import { Deadline, eitherSignal, pause } from '../http/deadline.js';
import { EventStreamParser } from '../http/event-stream.js';
import { mayRetry, retryDelayMs } from '../http/retry.js';
import { Transport } from '../http/transport.js';
import type { BrowserEvent, BrowserInfo } from '../types.js';
import type { Page } from './page-list.js';

export interface EventsOptions {
  /** Only events with a larger id. Default 0: from the start. */
  after?: number;
  /** Wait for what is yet to come, until the browser has ended. Default: only what there is now. */
  follow?: boolean;
  /** Ends the waiting; its reason is thrown. */
  signal?: AbortSignal;
  /** When following: how often in a row to connect again without hearing anything new. Default 5. */
  maxRetries?: number;
  /** When following: take a connection for dead that has been silent, heartbeats included, for this long. Default 60,000. */
  silenceTimeoutMs?: number;
}

const PAGE_SIZE = 1000;
const ENDS: ReadonlySet<string> = new Set(['browser.closed', 'browser.failed', 'browser.timed_out']);
const ENDED: ReadonlySet<string> = new Set(['closed', 'failed', 'timed_out']);
const DEFAULT_MAX_RETRIES = 5;
const DEFAULT_SILENCE_TIMEOUT_MS = 60_000;

interface Follow {
  transport: Transport;
  browserId: string;
  maxRetries: number;
  silenceTimeoutMs: number;
  signal: AbortSignal | undefined;
}

const pathOfEvents = (browserId: string) => Transport.pathOf('v1', 'browsers', browserId, 'events');

/**
 * The log of a browser, oldest first; with `follow`, also what is yet to come, until the browser has ended. A connection that breaks
 * is made again from the last event that came, so that none is missed and none comes twice.
 */
export function browserEvents(transport: Transport, browserId: string, options: EventsOptions): AsyncGenerator<BrowserEvent, void> {
  const { after = 0, follow = false, signal, maxRetries = DEFAULT_MAX_RETRIES, silenceTimeoutMs = DEFAULT_SILENCE_TIMEOUT_MS } = options;
  if (!follow) return readEvents(transport, browserId, after, signal);
  return followUntilAborted({ transport, browserId, maxRetries, silenceTimeoutMs, signal }, after);
}

/** Minds the signal of the client beside the caller's own. */
async function* followUntilAborted(follow: Follow, after: number): AsyncGenerator<BrowserEvent, void> {
  const either = eitherSignal(follow.transport.signal, follow.signal);
  try {
    yield* followEvents({ ...follow, signal: either.signal }, after);
  } finally {
    either.dispose();
  }
}

/** The events there are now. */
async function* readEvents(
  transport: Transport,
  browserId: string,
  after: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<BrowserEvent, void> {
  for (let last = after; ; ) {
    const request = { method: 'GET' as const, path: pathOfEvents(browserId), query: { after: last, limit: PAGE_SIZE } };
    const { data } = await transport.json<Page<BrowserEvent>>(request, signal && { signal });
    yield* data;
    const newest = data.at(-1);
    if (!newest || data.length < PAGE_SIZE) return;
    last = newest.id;
  }
}

async function* followEvents(follow: Follow, after: number): AsyncGenerator<BrowserEvent, void> {
  let last = after;
  let retryMs: number | undefined;
  for (let attempt = 1; ; attempt++) {
    let failure: unknown;
    try {
      const onRetry = (ms: number) => {
        retryMs = ms;
      };
      for await (const event of streamEvents(follow, last, onRetry)) {
        attempt = 0; // Something new came: the connection works.
        last = event.id;
        yield event;
        if (ENDS.has(event.type)) return;
      }
    } catch (error) {
      if (follow.signal?.aborted || attempt > follow.maxRetries || !mayRetry(error, true)) throw error;
      failure = error;
    }
    // The server ended the stream of its own accord: perhaps there is nothing more to come.
    if (failure === undefined && (await hasEnded(follow)))
      return yield* readEvents(follow.transport, follow.browserId, last, follow.signal);
    if (attempt > follow.maxRetries) throw streamEndsError(follow);
    const askedMs = failure instanceof CarrelApiError ? failure.retryAfterMs : undefined;
    await pause(retryDelayMs(Math.max(1, attempt), askedMs ?? retryMs), follow.signal);
  }
}

const streamEndsError = ({ transport, browserId }: Follow) =>
  new CarrelConnectionError(`${transport.url} keeps ending the event stream of ${browserId} although the browser is still there.`, {
    cause: undefined,
    isUnsent: false,
  });

async function hasEnded({ transport, browserId, signal }: Follow): Promise<boolean> {
  const request = { method: 'GET' as const, path: Transport.pathOf('v1', 'browsers', browserId) };
  const { status } = await transport.json<BrowserInfo>(request, signal && { signal });
  return ENDED.has(status);
}

/** What comes over one connection, until it ends. */
async function* streamEvents(follow: Follow, after: number, onRetry: (ms: number) => void): AsyncGenerator<BrowserEvent, void> {
  const { transport, browserId, silenceTimeoutMs, signal } = follow;
  const silence = new Deadline(
    silenceTimeoutMs,
    signal,
    () =>
      new CarrelConnectionError(`Nothing came from ${transport.url} for ${silenceTimeoutMs} ms.`, { cause: undefined, isUnsent: false }),
  );
  const headers = { accept: 'text/event-stream', 'last-event-id': String(after) };
  try {
    const response = await transport.stream({ method: 'GET', path: pathOfEvents(browserId), query: { after }, headers }, silence.signal);
    const parser = new EventStreamParser();
    for await (const bytes of chunksOf(response, silence, silenceTimeoutMs)) {
      for (const { data } of parser.push(bytes)) yield JSON.parse(data) as BrowserEvent;
      if (parser.retryMs !== undefined) onRetry(parser.retryMs);
    }
  } catch (error) {
    if (silence.signal.aborted) throw silence.signal.reason;
    throw error instanceof CarrelError ? error : connectionError(error, transport.url);
  } finally {
    silence.dispose();
  }
}

/** The body of an answer, piece by piece. The clock runs only while waiting for the server, not while the pieces are used. */
async function* chunksOf(response: Response, silence: Deadline, silenceTimeoutMs: number): AsyncGenerator<Uint8Array, void> {
  if (!response.body) return;
  const reader = response.body.getReader();
  // Aborting the request is not enough: Node's fetch (20.20, undici 6) forgets its signal when memory is tidied up while a body is read.
  const aborted = whenAborted(silence.signal);
  aborted.catch(() => {}); // it matters only while something is waited for
  try {
    for (;;) {
      silence.restart(silenceTimeoutMs);
      const { done, value } = await Promise.race([reader.read(), aborted]);
      silence.hold();
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops iterating stops the connection; that it was broken already cannot matter then.
    await reader.cancel().catch(() => undefined);
  }
}

/** Rejects with the reason when the signal aborts. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
