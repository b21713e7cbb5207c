import { CarrelApiError, CarrelConnectionError } from '../errors.js';
import { eitherSignal, pause } from '../http/deadline.js';
import { SILENCE_TIMEOUT_MS, streamOf } from '../http/event-stream-of.js';
import { mayRetry, retryDelayMs } from '../http/retry.js';
import type { Transport } from '../http/transport.js';
import type { Page } from './page-list.js';

export interface EventsOptions {
  /** Only events with a larger id. Default 0: from the start. */
  after?: number;
  /** Wait for what is yet to come, until whatever the log is of has ended. Default: only what there is now. */
  follow?: boolean;
  /** Ends the waiting; its reason is thrown. */
  signal?: AbortSignal;
  /** When following: how often in a row to connect again without hearing anything new. Default 5. */
  maxRetries?: number;
  /** When following: take a connection for dead that has been silent, heartbeats included, for this long. Default 60,000. */
  silenceTimeoutMs?: number;
}

/** A durable log of the server, of one thing that ends some time. */
export interface EventLog<Event extends LogEvent> {
  readonly transport: Transport;
  readonly path: string;
  /** What it is the log of, for messages. */
  readonly subject: string;
  /** Whether nothing follows this event. */
  isLast(event: Event, signal: AbortSignal | undefined): boolean | Promise<boolean>;
  /** Asks the server whether what the log is of has ended. */
  hasEnded(signal: AbortSignal | undefined): Promise<boolean>;
}

interface LogEvent {
  /** Counts up within the log. */
  id: number;
}

const PAGE_SIZE = 1000;
const DEFAULT_MAX_RETRIES = 5;

interface Follow<Event extends LogEvent> {
  log: EventLog<Event>;
  maxRetries: number;
  silenceTimeoutMs: number;
  signal: AbortSignal | undefined;
}

/**
 * A log, oldest first; with `follow`, also what is yet to come, until its end. A connection that breaks is made again from the last event
 * that came, so that none is missed and none comes twice.
 */
export function eventsOf<Event extends LogEvent>(log: EventLog<Event>, options: EventsOptions): AsyncGenerator<Event, void> {
  const { after = 0, follow = false, signal, maxRetries = DEFAULT_MAX_RETRIES, silenceTimeoutMs = SILENCE_TIMEOUT_MS } = options;
  if (!follow) return readEvents(log, after, signal);
  return followUntilAborted({ log, maxRetries, silenceTimeoutMs, signal }, after);
}

/** Minds the signal of the client beside the caller's own. */
async function* followUntilAborted<Event extends LogEvent>(follow: Follow<Event>, after: number): AsyncGenerator<Event, void> {
  const either = eitherSignal(follow.log.transport.signal, follow.signal);
  try {
    yield* followEvents({ ...follow, signal: either.signal }, after);
  } finally {
    either.dispose();
  }
}

/** The events there are now. */
async function* readEvents<Event extends LogEvent>(
  log: EventLog<Event>,
  after: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Event, void> {
  for (let last = after; ; ) {
    const request = { method: 'GET' as const, path: log.path, query: { after: last, limit: PAGE_SIZE } };
    const { data } = await log.transport.json<Page<Event>>(request, signal && { signal });
    yield* data;
    const newest = data.at(-1);
    if (!newest || data.length < PAGE_SIZE) return;
    last = newest.id;
  }
}

async function* followEvents<Event extends LogEvent>(follow: Follow<Event>, after: number): AsyncGenerator<Event, void> {
  const { log, signal, maxRetries } = follow;
  let last = after;
  let retryMs: number | undefined;
  for (let attempt = 1; ; attempt++) {
    let failure: unknown;
    try {
      const onRetry = (ms: number) => {
        retryMs = ms;
      };
      const request = { path: log.path, query: { after: last }, headers: { 'last-event-id': String(last) } };
      for await (const event of streamOf<Event>(log.transport, request, { ...follow, onRetry })) {
        attempt = 0; // Something new came: the connection works.
        last = event.id;
        yield event;
        if (await log.isLast(event, signal)) return;
      }
    } catch (error) {
      if (signal?.aborted || attempt > maxRetries || !mayRetry(error, true)) throw error;
      failure = error;
    }
    // The server ended the stream of its own accord: perhaps there is nothing more to come.
    if (failure === undefined && (await log.hasEnded(signal))) return yield* readEvents(log, last, signal);
    if (attempt > maxRetries) throw streamEndsError(log);
    const askedMs = failure instanceof CarrelApiError ? failure.retryAfterMs : undefined;
    await pause(retryDelayMs(Math.max(1, attempt), askedMs ?? retryMs), signal);
  }
}

const streamEndsError = ({ transport, subject }: Pick<EventLog<LogEvent>, 'transport' | 'subject'>) =>
  new CarrelConnectionError(`${transport.url} keeps ending the event stream of ${subject} although it has not ended.`, {
    cause: undefined,
    isUnsent: false,
  });
