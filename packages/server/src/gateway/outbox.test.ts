import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { Outbox } from './outbox.js';

/** Both ends of a WebSocket, with an outbox at the server's. */
interface Connected extends AsyncDisposable {
  client: WebSocket;
  webSocket: WebSocket;
  outbox: Outbox;
  received: string[];
  /** How often the server's end has written, and how often it was told that this was taken. */
  counts: { writes: number; taken: number };
}

describe('Outbox', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  async function connect(): Promise<Connected> {
    const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    const counts = { writes: 0, taken: 0 };
    const accepted = new Promise<{ webSocket: WebSocket; socket: Socket }>((resolve) => {
      server.once('upgrade', (request, socket, head) => {
        upgrades.handleUpgrade(request, socket, head, (webSocket) => resolve({ webSocket, socket: socket as Socket }));
      });
    });
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { maxPayload: 2 ** 28 });
    const { webSocket, socket } = await accepted;
    await once(client, 'open');
    const received: string[] = [];
    client.on('message', (data, isBinary) => received.push(isBinary ? 'binary' : String(data)));
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = ((...args: unknown[]) => {
      counts.writes++;
      return write(...args);
    }) as typeof socket.write;
    return {
      client,
      webSocket,
      outbox: new Outbox(webSocket, socket, () => counts.taken++),
      received,
      counts,
      [Symbol.asyncDispose]: async () => {
        client.terminate();
        if (webSocket.readyState !== WebSocket.CLOSED) await once(webSocket, 'close');
      },
    };
  }

  it('should frame messages of every length, in one piece or in many, and keep their order among the frames of the WebSocket', async () => {
    await using connected = await connect();
    const { client, webSocket, outbox, received } = connected;
    const lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 3_000_000];
    const sent = lengths.map((length) => 'é'.repeat(length / 2).padEnd(length - Math.floor(length / 2), 'x'));
    let pings = 0;
    client.on('ping', () => pings++);
    for (const text of sent) {
      const bytes = Buffer.from(text);
      const cut = Math.floor(bytes.length / 3);
      outbox.send([bytes.subarray(0, cut), bytes.subarray(cut)]);
      outbox.send([bytes]);
      webSocket.ping();
      await new Promise(setImmediate);
      webSocket.ping();
    }
    const expected = sent.flatMap((text) => [text, text]);
    while (received.length < expected.length) await once(client, 'message');
    expect(received.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
    expect(received).toEqual(expected);
    expect(pings).toBeGreaterThanOrEqual(2 * lengths.length - 1);
  });

  it('should write what is sent in one turn at once', async () => {
    await using connected = await connect();
    const { client, outbox, received, counts } = connected;
    for (let count = 0; count < 100; count++) outbox.send([Buffer.from(`message ${count}`)]);
    expect(outbox.bufferedBytes).toBeGreaterThan(100 * 10);
    while (received.length < 100) await once(client, 'message');
    expect(counts).toEqual({ writes: 1, taken: 1 });
    expect(outbox.bufferedBytes).toBe(0);
  });

  it('should send what came before the closing frame, and nothing after it', async () => {
    await using connected = await connect();
    const { client, webSocket, outbox, received, counts } = connected;
    outbox.send([Buffer.from('last')]);
    outbox.flush();
    webSocket.close(1001, 'over');
    const { writes } = counts;
    outbox.send([Buffer.from('too late')]);
    expect((await once(client, 'close'))[0]).toBe(1001);
    expect(received).toEqual(['last']);
    expect(counts.writes).toBe(writes);
  });
});
