import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { CarrelError } from '@carrel/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';

const HEARTBEAT_MS = 15_000;
const PAGE_SIZE = 500;
/** A follower that is so far behind is cut off; it comes back with Last-Event-ID and reads on from the log. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

interface LogLine {
  readonly id: number;
  readonly type: string;
}

/** A durable log, whose events count up. */
export interface Log<Line extends LogLine> {
  /** Nothing comes after what can be read now. */
  readonly isOver: boolean;
  /** Events with an id larger than `after`, in order, at most `limit`. */
  read(query: { after: number; limit: number }): Promise<Line[]>;
  /** What comes after that event, until the log is over or the signal aborts. */
  follow(after: number, signal: AbortSignal): AsyncIterable<Line>;
}

/** A request for a log. */
interface LogRequest {
  readonly query: { readonly after: number; readonly limit: number };
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly signal: AbortSignal;
}

/** Whether the client wants to follow the log, and not to read a page of it. */
export const wantsStream = (request: FastifyRequest) => (request.headers.accept ?? '').includes('text/event-stream');

/** A page of a log. */
export async function readLog<Line extends LogLine>(log: Pick<Log<Line>, 'read'>, query: LogRequest['query']) {
  const data = await log.read(query);
  const last = data.length === query.limit ? data.at(-1) : undefined;
  return { data, nextCursor: last === undefined ? null : String(last.id) };
}

/**
 * Answers with a log as server-sent events, and goes on with what happens until it is over. A client that asks for more of a log that is
 * over gets 204, which tells an EventSource not to come back.
 */
export async function streamLog<Line extends LogLine>(log: Log<Line>, { query, request, reply, signal }: LogRequest): Promise<void> {
  const after = lastEventId(request) ?? query.after;
  const first = await log.read({ after, limit: PAGE_SIZE });
  if (first.length === 0 && log.isOver) {
    await reply.code(204).send();
    return;
  }
  const response = openStream(reply);
  const heartbeat = setInterval(() => response.write(': heartbeat\n\n'), HEARTBEAT_MS);
  try {
    let last = after;
    for (let page = first; page.length > 0; page = await log.read({ after: last, limit: PAGE_SIZE })) {
      for (const event of page) await write(response, event, signal);
      last = page.at(-1)?.id ?? last;
    }
    for await (const event of log.follow(last, signal)) {
      if (response.writableLength > MAX_BUFFERED_BYTES) break;
      response.write(toText(event));
    }
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

/** Answers with values that nobody needs to catch up with as server-sent events of that type, until there are no more of them. */
export async function streamValues(type: string, values: AsyncIterable<unknown>, reply: FastifyReply): Promise<void> {
  const response = openStream(reply);
  try {
    for await (const value of values) {
      // Whoever has not read the last ones misses these.
      if (!response.writableNeedDrain) response.write(`event: ${type}\ndata: ${JSON.stringify(value)}\n\n`);
    }
  } finally {
    response.end();
  }
}

/** Where a reconnecting client left off (HTML Standard, section 9.2.4). */
function lastEventId(request: FastifyRequest): number | undefined {
  const header = request.headers['last-event-id'];
  if (header === undefined) return undefined;
  const id = Number(header);
  if (!Number.isSafeInteger(id) || id < 0) throw new CarrelError('invalid_request', 'Last-Event-ID must be the id of an event.');
  return id;
}

function openStream(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const headers = reply.getHeaders() as Record<string, string>;
  reply.raw.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  reply.raw.flushHeaders();
  return reply.raw;
}

async function write(response: ServerResponse, event: LogLine, signal: AbortSignal): Promise<void> {
  if (!response.write(toText(event)) && !signal.aborted) await once(response, 'drain', { signal }).catch(() => {}); // hung up: the loop ends
}

/** JSON has no line breaks, so that one `data:` line holds it. */
const toText = (event: LogLine) => `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
