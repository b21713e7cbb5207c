import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';

/** A CDP message that went by. */
export interface Passed {
  /** In ms of `performance.now()`. */
  at: number;
  /** Of a command and its answer: tells which belong together. */
  call?: string;
  /** Of a command or an event; an answer has none. */
  method?: string;
}

const OPEN_DEADLINE_MS = 10_000;

/** Stands between one CDP client and its browser, and notes when what goes by. */
export class CdpRelay implements AsyncDisposable {
  /** Where the client is to connect. */
  readonly url: string;
  readonly passed: Passed[] = [];
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer, target: string) {
    this.#server = server;
    this.url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.once('connection', (client) => this.#join(client, target));
  }

  static async to(target: string): Promise<CdpRelay> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    await once(server, 'listening');
    return new CdpRelay(server, target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #join(client: WebSocket, target: string): void {
    const browser = new WebSocket(target, { perMessageDeflate: false, handshakeTimeout: OPEN_DEADLINE_MS });
    client.pause(); // until there is somebody to tell
    browser.once('open', () => client.resume());
    for (const [from, to] of [
      [client, browser],
      [browser, client],
    ] as const) {
      from.on('message', (data) => {
        const text = String(data);
        this.#note(text);
        to.send(text);
      });
      from.on('close', () => to.close());
      from.on('error', () => to.terminate()); // whoever is behind it is told by its own connection
    }
  }

  #note(text: string): void {
    const { id, method, sessionId } = JSON.parse(text) as { id?: number; method?: string; sessionId?: string };
    this.passed.push({
      at: performance.now(),
      ...(id !== undefined && { call: `${sessionId ?? ''} ${id}` }),
      ...(method !== undefined && { method }),
    });
  }
}
