import type { Duplex } from 'node:stream';
import type { Message } from '@carrel/browser';
import { WebSocket } from 'ws';

/** Up to here, what is sent together is copied together: one write of it costs less than many. */
const JOINED_BYTES = 64 * 1024;

/**
 * Writes messages to the socket below a WebSocket as text frames (RFC 6455, section 5.2; of a server, so not masked). What is sent within one
 * turn of the event loop goes out in one write at its end, and nothing of a large message is copied.
 *
 * The WebSocket's own frames may come between ours, since it writes each of them at once and whole, as this does.
 */
export class Outbox {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #onTaken: () => void;
  #pieces: Buffer[] = [];
  #bytes = 0;

  /** @param onTaken called when the kernel has taken what was written */
  constructor(webSocket: WebSocket, socket: Duplex, onTaken: () => void) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#onTaken = onTaken;
  }

  /** Bytes that are not taken yet. */
  get bufferedBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  send(message: Message): void {
    if (this.#pieces.length === 0) process.nextTick(() => this.flush());
    const length = message.reduce((sum, piece) => sum + piece.length, 0);
    const header = textFrameHeader(length);
    this.#pieces.push(header, ...message);
    this.#bytes += header.length + length;
  }

  /** Writes out what is waiting, as before a closing frame. */
  flush(): void {
    const pieces = this.#pieces;
    const bytes = this.#bytes;
    this.#pieces = [];
    this.#bytes = 0;
    // After a closing frame, whichever side's it is, there must be no more.
    if (bytes === 0 || this.#webSocket.readyState !== WebSocket.OPEN) return;
    if (bytes <= JOINED_BYTES) {
      this.#socket.write(Buffer.concat(pieces, bytes), this.#onTaken);
      return;
    }
    this.#socket.cork();
    const last = pieces.pop();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.write(last, this.#onTaken);
    this.#socket.uncork();
  }
}

const FIN_AND_TEXT = 0x81;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;

function textFrameHeader(length: number): Buffer {
  if (length < LENGTH_IN_2_BYTES) return Buffer.from([FIN_AND_TEXT, length]);
  const isShort = length < 2 ** 16;
  const header = Buffer.alloc(isShort ? 4 : 10);
  header[0] = FIN_AND_TEXT;
  header[1] = isShort ? LENGTH_IN_2_BYTES : LENGTH_IN_8_BYTES;
  header.writeUIntBE(length, isShort ? 2 : 4, isShort ? 2 : 6); // of the 8 bytes the upper two stay 0
  return header;
}
