import type { Readable } from 'node:stream';
import type { MultiplexerClient } from './client.js';

/** A client that has this much undelivered and still asks on is put out at once: our own answers to it wait for nobody. */
export const FLOOD_BYTES = 128 * 1024 * 1024;
/** A client that has this much undelivered makes the multiplexer stop reading from Chromium, … */
export const HIGH_WATER_BYTES = 16 * 1024 * 1024;
const LOW_WATER_BYTES = 4 * 1024 * 1024;
/** … and is put out when it has not caught up after this long, so that it cannot hold up the others for ever. */
export const SLOW_CLIENT_TIMEOUT_MS = 5_000;

/** Back-pressure from the clients to Chromium: reading stops while any client is far behind, and a client that stays behind is put out. */
export class Congestion {
  readonly #source: Readable;
  readonly #evict: (client: MultiplexerClient) => void;
  readonly #slow = new Map<MultiplexerClient, NodeJS.Timeout>();

  constructor(source: Readable, evict: (client: MultiplexerClient) => void) {
    this.#source = source;
    this.#evict = evict;
  }

  /** To be called after each delivery to the client. */
  delivered(client: MultiplexerClient): void {
    if (this.#slow.has(client) || client.endpoint.bufferedBytes() <= HIGH_WATER_BYTES) return;
    this.#slow.set(
      client,
      setTimeout(() => this.#evict(client), SLOW_CLIENT_TIMEOUT_MS),
    );
    this.#source.pause();
  }

  /** To be called when the client has taken bytes. */
  drained(client: MultiplexerClient): void {
    if (this.#slow.has(client) && client.endpoint.bufferedBytes() <= LOW_WATER_BYTES) this.forget(client);
  }

  /** The client has caught up, or has gone. */
  forget(client: MultiplexerClient): void {
    clearTimeout(this.#slow.get(client));
    if (this.#slow.delete(client) && this.#slow.size === 0) this.#source.resume();
  }
}
