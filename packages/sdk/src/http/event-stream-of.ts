import { CarrelConnectionError, CarrelError } from '../errors.js';
import { connectionError } from './answer.js';
import { Deadline } from './deadline.js';
import { EventStreamParser } from './event-stream.js';
import type { Request, Transport } from './transport.js';

/** Servers send a heartbeat far more often. */
export const SILENCE_TIMEOUT_MS = 60_000;

interface StreamOptions {
  /** Take the connection for dead that has been silent for this long. */
  silenceTimeoutMs: number;
  signal: AbortSignal | undefined;
  /** Told how long the server asks to wait before connecting again, in milliseconds. */
  onRetry?: (ms: number) => void;
}

/** What a server sends as server-sent events over one connection, until it ends. */
export async function* streamOf<Event>(
  transport: Transport,
  { path, query, headers }: Pick<Request, 'path' | 'query' | 'headers'>,
  { silenceTimeoutMs, signal, onRetry }: StreamOptions,
): AsyncGenerator<Event, void> {
  const silence = new Deadline(
    silenceTimeoutMs,
    signal,
    () =>
      new CarrelConnectionError(`Nothing came from ${transport.url} for ${silenceTimeoutMs} ms.`, { cause: undefined, isUnsent: false }),
  );
  const request: Request = { method: 'GET', path, headers: { accept: 'text/event-stream', ...headers }, ...(query && { query }) };
  try {
    const response = await transport.stream(request, silence.signal);
    const parser = new EventStreamParser();
    for await (const bytes of chunksOf(response, silence, silenceTimeoutMs)) {
      for (const { data } of parser.push(bytes)) yield JSON.parse(data) as Event;
      if (parser.retryMs !== undefined) onRetry?.(parser.retryMs);
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
