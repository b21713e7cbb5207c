import type { WebSocket } from 'ws';

/** So many times it is asked before it is given up. */
const ASKS = 6;

/**
 * Misses a peer that has gone without a word, as a laptop does that is shut: its connection stands for as long as nobody sends anything. The
 * pings are those of the protocol, which a browser answers by itself: timers of a page that is in the background may sleep for a minute.
 */
export class Heartbeat implements Disposable {
  readonly #webSocket: WebSocket;
  readonly #timer: NodeJS.Timeout;
  readonly #onLife = () => {
    this.#unanswered = 0;
  };
  #unanswered = 0;

  /** @param onSilent called once when nothing was heard for `silentMs` */
  constructor(webSocket: WebSocket, silentMs: number, onSilent: () => void) {
    this.#webSocket = webSocket;
    webSocket.on('pong', this.#onLife);
    webSocket.on('message', this.#onLife);
    this.#timer = setInterval(() => {
      if (this.#unanswered < ASKS) return this.#ask();
      this[Symbol.dispose]();
      onSilent();
    }, silentMs / ASKS).unref();
    this.#ask();
  }

  #ask(): void {
    this.#unanswered += 1;
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.ping();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#webSocket.off('pong', this.#onLife);
    this.#webSocket.off('message', this.#onLife);
  }
}
