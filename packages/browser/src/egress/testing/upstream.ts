import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';

/** An upstream proxy on loopback that knows one user and, unlike ours, goes wherever it is sent. */
export interface TestUpstream extends AsyncDisposable {
  url: string;
  port: number;
  /** What it was asked for by clients that it let in: `CONNECT host:port`, or the method and URL of a plain request. */
  asked: string[];
  /** How many connections were made to it. */
  connections: number;
}

export const USER = { username: 'ada', password: 'p@ss:word' };

/** Names that only the upstream knows lead to loopback. */
const addressOf = (host: string) => (host.endsWith('.upstream.test') ? '127.0.0.1' : host);

async function listening(server: Server, scheme: string, asked: string[]): Promise<TestUpstream> {
  const sockets = new Set<Socket>();
  const upstream = { url: '', port: 0, asked, connections: 0 };
  server.on('connection', (socket: Socket) => {
    upstream.connections++;
    socket.on('error', () => {});
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  upstream.port = (server.address() as AddressInfo).port;
  upstream.url = `${scheme}://127.0.0.1:${upstream.port}`;
  return Object.assign(upstream, {
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  });
}

const isKnown = ({ headers }: IncomingMessage) =>
  headers['proxy-authorization'] === `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`;

function onRequest(asked: string[]) {
  return (incoming: IncomingMessage, response: ServerResponse) => {
    if (!isKnown(incoming)) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="upstream"' }).end();
      return;
    }
    asked.push(`${incoming.method} ${incoming.url}`);
    const url = new URL(incoming.url ?? '');
    const outgoing = request({ host: addressOf(url.hostname), port: url.port, path: url.pathname, method: incoming.method, agent: false });
    outgoing.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  };
}

function onConnect(asked: string[]) {
  return (incoming: IncomingMessage, socket: Socket) => {
    if (!isKnown(incoming)) {
      socket.end('HTTP/1.1 407 Who are you\r\n\r\n');
      return;
    }
    asked.push(`CONNECT ${incoming.url}`);
    const [host = '', port] = (incoming.url ?? '').split(':');
    const outer = connect(Number(port), addressOf(host));
    outer.on('connect', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      outer.pipe(socket).pipe(outer);
    });
    outer.on('error', () => socket.end('HTTP/1.1 502 Bad gateway\r\n\r\n'));
    socket.once('close', () => outer.destroy());
  };
}

export async function startHttpUpstream(): Promise<TestUpstream> {
  const asked: string[] = [];
  const server = createServer(onRequest(asked)).on('connect', onConnect(asked));
  return listening(server, 'http', asked);
}

export async function startHttpsUpstream(identity: { key: string; cert: string }): Promise<TestUpstream> {
  const asked: string[] = [];
  const server = createTlsServer(identity, onRequest(asked)).on('connect', onConnect(asked));
  return listening(server, 'https', asked);
}

/** Takes connections and never says a word. */
export async function startSilentUpstream(): Promise<TestUpstream> {
  return listening(createTcpServer(), 'http', []);
}

/** RFC 1928 and RFC 1929, as far as a client that connects to a name or an IPv4 address needs them. */
export async function startSocksUpstream(): Promise<TestUpstream> {
  const asked: string[] = [];
  const serve = async (socket: Socket) => {
    const read = async (bytes: number): Promise<Buffer> => {
      for (;;) {
        const chunk = socket.read(bytes) as Buffer | null;
        if (chunk !== null) return chunk;
        await once(socket, 'readable');
      }
    };
    await read((await read(2))[1] ?? 0); // the methods that the client offers
    socket.write(Buffer.from([5, 2]));
    const username = (await read((await read(2))[1] ?? 0)).toString();
    const password = (await read((await read(1))[0] ?? 0)).toString();
    const isIn = username === USER.username && password === USER.password;
    socket.write(Buffer.from([1, isIn ? 0 : 1]));
    if (!isIn) return void socket.end();
    const [, , , type] = await read(4);
    const host = type === 1 ? [...(await read(4))].join('.') : (await read((await read(1))[0] ?? 0)).toString();
    const port = (await read(2)).readUInt16BE();
    asked.push(`CONNECT ${host}:${port}`);
    const outer = connect({ port, host: addressOf(host), allowHalfOpen: true });
    outer.on('connect', () => {
      socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      outer.pipe(socket).pipe(outer);
    });
    outer.on('error', () => socket.end(Buffer.from([5, 5, 0, 1, 0, 0, 0, 0, 0, 0])));
    socket.once('close', () => outer.destroy());
  };
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => void serve(socket).catch(() => socket.destroy())); // a client that left
  return listening(server, 'socks5', asked);
}
