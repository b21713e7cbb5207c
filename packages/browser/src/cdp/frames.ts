const NUL = 0;

/**
 * The bytes of one message. A small one is in one piece. A large one is in many, as they were read, so that nobody copies megabytes while
 * other browsers wait; its first and its last piece are then `EDGE_BYTES` long, and those two belong to nobody else.
 */
export type Message = readonly [Buffer, ...Buffer[]];

/** Up to here, copying a message is cheaper than passing on its pieces. */
const JOINED_BYTES = 256 * 1024;
/** Holds what tells where a message belongs, at either end. */
const EDGE_BYTES = 1024;

/** The value of a message that is wanted whole. */
export function parseMessage(message: Message): unknown {
  return JSON.parse((message.length === 1 ? message[0] : Buffer.concat(message)).toString());
}

/**
 * Cuts the byte stream of Chromium's debugging pipe into messages: each ends with a NUL byte
 * (https://source.chromium.org/chromium/chromium/src/+/main:content/browser/devtools/devtools_pipe_handler.cc).
 *
 * A message longer than `maxBytes` is not collected: its first bytes go to `onOversized`, so that the caller it was meant for can be told,
 * and the rest is skipped.
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #onMessage: (message: Message) => void;
  readonly #onOversized: (start: Buffer) => void;
  #parts: Buffer[] = [];
  #length = 0;
  #skipping = false;

  constructor(options: { maxBytes: number; onMessage: (message: Message) => void; onOversized: (start: Buffer) => void }) {
    this.#maxBytes = options.maxBytes;
    this.#onMessage = options.onMessage;
    this.#onOversized = options.onOversized;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NUL); end !== -1; end = chunk.indexOf(NUL, start)) {
      this.#collect(chunk.subarray(start, end));
      this.#finish();
      start = end + 1;
    }
    if (start < chunk.length) this.#collect(chunk.subarray(start));
  }

  #collect(part: Buffer): void {
    if (this.#skipping || part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length <= this.#maxBytes) return;
    this.#skipping = true;
    const start = Buffer.concat(this.#parts, Math.min(this.#length, 4096));
    this.#parts = [];
    this.#onOversized(start);
  }

  #finish(): void {
    const parts = this.#parts;
    const length = this.#length;
    const skipped = this.#skipping;
    this.#parts = [];
    this.#length = 0;
    this.#skipping = false;
    const [first] = parts;
    if (skipped || first === undefined) return;
    if (parts.length === 1 && length <= JOINED_BYTES) this.#onMessage([first]);
    else if (length <= JOINED_BYTES) this.#onMessage([Buffer.concat(parts, length)]);
    else this.#onMessage(withEdges(parts, length));
  }
}

function withEdges(parts: readonly Buffer[], length: number): Message {
  const head = Buffer.concat(between(parts, 0, EDGE_BYTES));
  const tail = Buffer.concat(between(parts, length - EDGE_BYTES, length));
  return [head, ...between(parts, EDGE_BYTES, length - EDGE_BYTES), tail];
}

/** The bytes from `start` to before `end`, uncopied. */
function between(parts: readonly Buffer[], start: number, end: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    if (at + part.length > start && at < end) found.push(part.subarray(Math.max(0, start - at), Math.min(part.length, end - at)));
    at += part.length;
  }
  return found;
}
