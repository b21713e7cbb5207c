import type { BrowserEvent } from '@carrel/protocol';
import type { OpenBrowser } from '../browsers/open-browser.js';
import type { Store } from '../store/index.js';
import type { Log } from './stream.js';

/** The log of a browser; what happens from the moment this is made is kept until somebody reads it. */
export class BrowserLog implements Log<BrowserEvent>, Disposable {
  readonly isOver: boolean;
  readonly #store: Store;
  readonly #browserId: string;
  readonly #queue: BrowserEvent[] = [];
  readonly #unfollow: () => void;
  #hasEnded: boolean;
  #wake: () => void = () => {};

  /** @param browser undefined when it has ended and nothing new will come */
  constructor(store: Store, browserId: string, browser: OpenBrowser | undefined) {
    this.#store = store;
    this.#browserId = browserId;
    this.isOver = browser === undefined;
    this.#hasEnded = this.isOver;
    this.#unfollow =
      browser?.follow((event) => {
        this.#queue.push(event);
        this.#wake();
      }) ?? (() => {});
    const over = () => {
      this.#hasEnded = true;
      this.#wake();
    };
    void browser?.engine.ended.then(over, over);
  }

  async read(query: { after: number; limit: number }): Promise<BrowserEvent[]> {
    return await this.#store.events.list(this.#browserId, query);
  }

  async *follow(after: number, signal: AbortSignal): AsyncGenerator<BrowserEvent> {
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    while (!signal.aborted) {
      const event = this.#queue.shift();
      if (event !== undefined) {
        if (event.id > after) yield event;
      } else if (this.#hasEnded) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  [Symbol.dispose](): void {
    this.#unfollow();
  }
}
