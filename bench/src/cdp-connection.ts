import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Browser } from '@carrel/browser';
import WebSocket from 'ws';

interface Answer {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

interface Pending {
  resolve: (result: Record<string, unknown>) => void;
  reject: (error: Error) => void;
}

const OPEN_DEADLINE_MS = 10_000;

/** The thinnest CDP client that there can be, the same over a WebSocket and over a pipe, so that only the way differs. */
export class CdpConnection implements Disposable {
  readonly #send: (text: string) => void;
  readonly #hangUp: () => void;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  private constructor(send: (text: string) => void, hangUp: () => void) {
    this.#send = send;
    this.#hangUp = hangUp;
  }

  static async overWebSocket(url: string): Promise<CdpConnection> {
    const socket = new WebSocket(url, { perMessageDeflate: false, handshakeTimeout: OPEN_DEADLINE_MS });
    await once(socket, 'open');
    const connection = new CdpConnection(
      (text) => socket.send(text),
      () => socket.terminate(),
    );
    socket.on('message', (data) => connection.#receive(String(data)));
    socket.on('error', (error) => connection.#closed(error));
    socket.on('close', () => connection.#closed(new Error('the WebSocket was closed')));
    return connection;
  }

  /** Messages end with NUL. */
  static overPipe({ readable, writable }: { readable: Readable; writable: Writable }): CdpConnection {
    const connection = new CdpConnection(
      (text) => writable.write(`${text}\0`),
      () => readable.destroy(),
    );
    let begun = '';
    readable.setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (begun + chunk).split('\0');
      begun = messages.pop() ?? '';
      for (const message of messages) connection.#receive(message);
    });
    writable.on('error', (error) => connection.#closed(error));
    readable.on('close', () => connection.#closed(new Error('the pipe was closed')));
    return connection;
  }

  /** To a browser of the engine in this process. */
  static async overEngine(browser: Browser): Promise<CdpConnection> {
    const client = await browser.attachClient({
      deliver: (message) => connection.#receive(String(message)),
      bufferedBytes: () => 0,
      pause: () => {},
      resume: () => {},
      ended: (end) => connection.#closed(new Error(`the browser hung up: ${String(end)}`)),
    });
    const connection: CdpConnection = new CdpConnection(
      (text) => client.receive(text),
      () => client.leave(),
    );
    return connection;
  }

  /** @throws Error with the browser's message, or that the connection is gone */
  call(method: string, params: Record<string, unknown> = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send(JSON.stringify({ id, method, params, sessionId }));
    });
  }

  /** A session of the first page. */
  async attachToPage(): Promise<string> {
    const { targetInfos } = (await this.call('Target.getTargets')) as { targetInfos: { type: string; targetId: string }[] };
    const page = targetInfos.find(({ type }) => type === 'page');
    if (page === undefined) throw new Error('the browser has no page');
    const { sessionId } = await this.call('Target.attachToTarget', { targetId: page.targetId, flatten: true });
    return sessionId as string;
  }

  /** Hangs up; calls that have no answer yet are rejected. */
  [Symbol.dispose](): void {
    this.#hangUp();
    this.#closed(new Error('the benchmark hung up'));
  }

  #receive(text: string): void {
    const { id, result, error } = JSON.parse(text) as Answer;
    if (id === undefined) return; // an event
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(result ?? {});
    else pending?.reject(new Error(error.message));
  }

  #closed(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
