import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { BrowserEvent } from '@carrel/protocol';
import type { FastifyReply } from 'fastify';
import type { OpenBrowser } from '../browsers/open-browser.js';
import type { Store } from '../store/index.js';

const HEARTBEAT_MS = 15_000;
const PAGE_SIZE = 500;
/** A follower that is so far behind is cut off; it comes back with Last-Event-ID and reads on from the log. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

interface StreamOptions {
  store: Store;
  /** Undefined when the browser has ended and nothing new will come. */
  browser: OpenBrowser | undefined;
  browserId: string;
  /** Only events with a larger id. */
  after: number;
  reply: FastifyReply;
  signal: AbortSignal;
}

/**
 * Answers with the log of a browser as server-sent events, and goes on with what happens until the browser ends. A client that asks for
 * more of a log that is over gets 204, which tells an EventSource not to come back.
 */
export async function streamEvents({ store, browser, browserId, after, reply, signal }: StreamOptions): Promise<void> {
  const live = new LiveEvents(browser);
  try {
    const first = await store.events.list(browserId, { after, limit: PAGE_SIZE });
    if (first.length === 0 && browser === undefined) {
      await reply.code(204).send();
      return;
    }
    const response = openStream(reply);
    const heartbeat = setInterval(() => response.write(': heartbeat\n\n'), HEARTBEAT_MS);
    try {
      let last = after;
      for (let page = first; page.length > 0; page = await store.events.list(browserId, { after: last, limit: PAGE_SIZE })) {
        for (const event of page) await write(response, event, signal);
        last = page.at(-1)?.id ?? last;
      }
      for await (const event of live.from(last, signal)) {
        if (response.writableLength > MAX_BUFFERED_BYTES) break;
        response.write(toText(event));
      }
    } finally {
      clearInterval(heartbeat);
      response.end();
    }
  } finally {
    live.stop();
  }
}

function openStream(reply: FastifyReply): ServerResponse {
  reply.hijack();
  const headers = reply.getHeaders() as Record<string, string>;
  reply.raw.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  reply.raw.flushHeaders();
  return reply.raw;
}

async function write(response: ServerResponse, event: BrowserEvent, signal: AbortSignal): Promise<void> {
  if (!response.write(toText(event)) && !signal.aborted) await once(response, 'drain', { signal }).catch(() => {}); // hung up: the loop ends
}

/** JSON has no line breaks, so that one `data:` line holds it. */
const toText = (event: BrowserEvent) => `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** Events of a running browser from the moment this is made, kept until somebody reads them. */
class LiveEvents {
  readonly #queue: BrowserEvent[] = [];
  readonly #unfollow: () => void;
  #isOver: boolean;
  #wake: () => void = () => {};

  constructor(browser: OpenBrowser | undefined) {
    this.#isOver = browser === undefined;
    this.#unfollow =
      browser?.follow((event) => {
        this.#queue.push(event);
        this.#wake();
      }) ?? (() => {});
    const over = () => {
      this.#isOver = true;
      this.#wake();
    };
    void browser?.engine.ended.then(over, over);
  }

  /** The events after an id, until the browser has ended or the signal aborts. */
  async *from(after: number, signal: AbortSignal): AsyncGenerator<BrowserEvent> {
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort, { once: true });
    while (!signal.aborted) {
      const event = this.#queue.shift();
      if (event !== undefined) {
        if (event.id > after) yield event;
      } else if (this.#isOver) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  stop(): void {
    this.#unfollow();
  }
}
