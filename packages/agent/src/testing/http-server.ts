import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Json } from '@carrel/protocol';

/** A request with a JSON body. */
export interface JsonRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, Json>;
  /** Resolves when whoever asked is gone or has been answered. */
  readonly gone: Promise<void>;
}

export interface JsonServer extends AsyncDisposable {
  /** E.g. `http://127.0.0.1:40123`. */
  readonly origin: string;
}

/** A server on loopback that reads JSON and answers as `handle` does. */
export async function startJsonServer(handle: (request: JsonRequest, response: ServerResponse) => Promise<void>): Promise<JsonServer> {
  const server = createServer((request, response) => {
    const gone = new Promise<void>((resolve) => response.on('close', resolve));
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString() || '{}') as JsonRequest['body'];
      handle({ path: request.url ?? '', headers: request.headers, body, gone }, response).catch((error: unknown) => {
        // The script of a test has failed: whoever asked is to see why.
        if (!response.headersSent) response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: { message: `The script failed: ${error}` } }));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers as a stream of server-sent events. */
export function sendEvents(response: ServerResponse, events: readonly (Json | { event: string; data: Json })[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const one of events) {
    const isNamed = typeof one === 'object' && one !== null && !Array.isArray(one) && typeof one.event === 'string';
    response.write(isNamed ? `event: ${one.event}\ndata: ${JSON.stringify(one.data)}\n\n` : `data: ${JSON.stringify(one)}\n\n`);
  }
}
