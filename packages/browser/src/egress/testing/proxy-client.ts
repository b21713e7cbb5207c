import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { NetworkRequest } from '@carrel/protocol';
import { loopbackPolicy } from '../../testing/loopback-policy.js';
import { ForwardProxy, type ForwardProxyOptions } from '../forward-proxy.js';

/** What a client of a proxy was answered. */
export interface Answer {
  status: number;
  body: string;
  headers: IncomingMessage['headers'];
}

/** A forward proxy that a test can connect to, as a browser does. */
export interface TestProxy extends AsyncDisposable {
  proxy: ForwardProxy;
  port: number;
  /** In the order in which they ended. */
  entries: NetworkRequest[];
  /** A plain request by way of the proxy. */
  get(url: string, options?: { method?: string; headers?: Record<string, string>; body?: string }): Promise<Answer>;
  /** A tunnel; the socket is what is at its other end when the status is 200. */
  tunnel(authority: string): Promise<{ status: number; body: string; socket: Socket }>;
  /** Sends bytes as they are and reads until the proxy hangs up. */
  raw(bytes: string): Promise<string>;
  /** Resolves when so many requests are over. */
  entryCount(count: number): Promise<void>;
}

export async function startProxy(options: Partial<ForwardProxyOptions> = {}): Promise<TestProxy> {
  const entries: NetworkRequest[] = [];
  const waiting = new Set<() => void>();
  const proxy = new ForwardProxy({
    policy: loopbackPolicy(),
    ...options,
    onRequest: (entry) => {
      entries.push(entry);
      options.onRequest?.(entry);
      for (const look of waiting) look();
    },
  });
  const listener = createTcpServer({ allowHalfOpen: true }, (socket) => proxy.accept(socket)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return {
    proxy,
    port,
    entries,
    get: (url, { method = 'GET', headers = {}, body } = {}) => get(port, url, method, { host: 'ignored.test', ...headers }, body),
    tunnel: (authority) => tunnel(port, authority),
    raw: async (bytes) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(bytes);
      return text(socket);
    },
    entryCount: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (entries.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      proxy[Symbol.dispose]();
      listener.close();
      await once(listener, 'close');
    },
  };
}

async function get(port: number, url: string, method: string, headers: Record<string, string>, body?: string): Promise<Answer> {
  const asking = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false });
  asking.end(body);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response), headers: response.headers };
}

async function tunnel(port: number, authority: string) {
  const asking = request({ host: '127.0.0.1', port, method: 'CONNECT', path: authority, agent: false });
  asking.end();
  const [response, socket, head] = (await once(asking, 'connect')) as [IncomingMessage, Socket, Buffer];
  return { status: response.statusCode ?? 0, body: head.toString(), socket };
}

/** A web server on loopback that counts what reaches it. */
export interface CountingSite extends AsyncDisposable {
  url: string;
  port: number;
  requests: IncomingMessage[];
  connections: Socket[];
  server: Server;
}

export async function startSite(
  answer: (request: IncomingMessage, response: import('node:http').ServerResponse) => void = (_, response) => void response.end('hello'),
  host = '127.0.0.1',
): Promise<CountingSite> {
  const requests: IncomingMessage[] = [];
  const connections: Socket[] = [];
  const server = createServer((incoming, response) => {
    requests.push(incoming);
    answer(incoming, response);
  });
  server.on('connection', (socket: Socket) => connections.push(socket));
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    requests,
    connections,
    server,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of connections) socket.destroy();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
