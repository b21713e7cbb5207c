import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { BenchmarkFailed } from './benchmark-failed.js';

const DEADLINE_MS = 20_000;
/** In a binary message: a byte of version, four of the length of the header, the header as JSON, the picture. */
const HEADER_AT = 5;

/** Somebody who watches a browser by a live link as the page of the link does, without drawing anything. */
export class LiveWatcher implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #ackDelayMs: number;
  /** When frames came, of `performance.now()`. */
  readonly frameTimes: number[] = [];
  #wake = () => {};

  private constructor(url: string, ackDelayMs: number) {
    this.#socket = new WebSocket(`${url.replace(/^http/, 'ws')}/socket`, { perMessageDeflate: false });
    this.#ackDelayMs = ackDelayMs;
    this.#socket.on('error', () => {}); // it closes then, and frames stay out
    this.#socket.on('message', (data: Buffer, isBinary) => isBinary && this.#take(data));
  }

  /**
   * @param url of the link
   * @param ackDelayMs how long it takes until it has drawn a picture
   */
  static async open(url: string | undefined, ackDelayMs = 0): Promise<LiveWatcher> {
    if (url === undefined) throw new BenchmarkFailed('the answer with a live link had no URL');
    const watcher = new LiveWatcher(url, ackDelayMs);
    await once(watcher.#socket, 'open', { signal: AbortSignal.timeout(DEADLINE_MS) });
    return watcher;
  }

  say(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Resolves when there are more frames than so many. */
  async untilMoreThan(count: number): Promise<void> {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const onAbort = () => this.#wake();
    deadline.addEventListener('abort', onAbort);
    while (this.frameTimes.length <= count) {
      if (deadline.aborted) throw new BenchmarkFailed(`no frame came within ${DEADLINE_MS / 1000} s`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    deadline.removeEventListener('abort', onAbort);
  }

  /** Frames in each second of a time from now on. */
  async framesPerSecond(durationMs: number, signal: AbortSignal): Promise<number> {
    const before = this.frameTimes.length;
    const startedAt = performance.now();
    await delay(durationMs, undefined, { signal });
    return ((this.frameTimes.length - before) / (performance.now() - startedAt)) * 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.#socket, 'close');
    this.#socket.terminate();
    await closed;
  }

  #take(data: Buffer): void {
    this.frameTimes.push(performance.now());
    const header = data.subarray(HEADER_AT, HEADER_AT + data.readUInt32BE(1));
    const { sequence } = JSON.parse(header.toString()) as { sequence: number };
    const acknowledge = () => this.#socket.readyState === WebSocket.OPEN && this.say({ type: 'ack', sequence });
    if (this.#ackDelayMs === 0) acknowledge();
    else setTimeout(acknowledge, this.#ackDelayMs);
    this.#wake();
  }
}
