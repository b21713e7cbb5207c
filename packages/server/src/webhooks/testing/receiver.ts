import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** One delivery, as it came in. */
export interface Received {
  readonly headers: IncomingHttpHeaders & Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;
  readonly path: string;
  readonly body: string;
}

/** Answers a delivery; `time` counts them from 1. */
export type Answer = (response: ServerResponse, received: Received, time: number) => void;

/** Somebody on loopback that deliveries are made to. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  /** How many connections were made to it. */
  readonly connections: () => number;
  /** Of those, how many are open. */
  readonly open: () => number;
}

/** @param certificate speaks TLS with it */
export async function startReceiver(
  answer: Answer = (response) => response.writeHead(204).end(),
  { host = '127.0.0.1', port = 0, certificate }: { host?: string; port?: number; certificate?: { key: string; cert: string } } = {},
): Promise<Receiver> {
  const received: Received[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const one = { headers: request.headers as Received['headers'], path: request.url ?? '', body: await text(request) };
    received.push(one);
    answer(response, one, received.length);
  };
  const server: Server = certificate === undefined ? createServer(onRequest) : createSecureServer(certificate, onRequest);
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {}); // the other end hangs up: that is what some tests are about
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  const listening = server.address() as AddressInfo;
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${listening.port}/hook`,
    port: listening.port,
    received,
    connections: () => connections,
    open: () => sockets.size,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
