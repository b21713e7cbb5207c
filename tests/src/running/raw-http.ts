import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

const ANSWER_DEADLINE_MS = 20_000;

export interface RawAnswer {
  status: number;
  headers: Headers;
  body: string;
}

export interface RawRequest {
  method?: string;
  /** Path and query, sent as they are. */
  path: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
}

const toHeaders = ({ rawHeaders }: IncomingMessage) => {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  return headers;
};

/** A request that was sent, and whose answer nobody has waited for yet. */
export interface SentRequest {
  /** Rejects when the connection ends before the answer. */
  readonly answer: Promise<RawAnswer>;
  hangUp(): void;
}

/** Sends a request with headers that `fetch` would not send, on a connection of its own. Resolves when the kernel has all of it. */
export async function send(url: string, { method = 'GET', path, headers, body }: RawRequest): Promise<SentRequest> {
  const { hostname, port } = new URL(url);
  const request: ClientRequest = httpRequest({
    hostname,
    port,
    method,
    path,
    agent: false,
    headers: { ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }), ...headers },
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  });
  const answer = (async () => {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, headers: toHeaders(response), body: await text(response) };
  })();
  answer.catch(() => {}); // whoever waits for it hears of it
  request.on('error', () => {}); // `answer` rejects with it
  await new Promise<void>((resolve) => request.end(body, () => resolve()));
  return { answer, hangUp: () => void request.destroy() };
}

/** Sends a request and waits for its answer. */
export const exchange = async (url: string, request: RawRequest): Promise<RawAnswer> => (await send(url, request)).answer;

/**
 * Writes bytes to the server's port and gives what comes back until the server hangs up.
 * @param isAll nothing more will come: the sending half of the connection is closed behind the bytes
 */
export async function speak(url: string, bytes: string | Buffer, isAll = false): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(ANSWER_DEADLINE_MS, () => socket.destroy(new Error('the server neither answers nor hangs up')));
  if (isAll) socket.end(bytes);
  else socket.write(bytes);
  return await text(socket);
}
