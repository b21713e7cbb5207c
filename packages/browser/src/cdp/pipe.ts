import type { Readable, Writable } from 'node:stream';
import { FrameReader, type Message } from './frames.js';

export interface DebuggingPipeOptions {
  /** What Chromium writes (its fd 4) and what it reads (its fd 3). */
  readable: Readable;
  writable: Writable;
  /** Largest message from Chromium, in bytes. */
  maxMessageBytes: number;
  onMessage: (message: Message) => void;
  /** A message was larger than that; this is how it began. */
  onOversized: (start: Buffer) => void;
  /** Chromium has hung up. May be called more than once. */
  onClosed: () => void;
  /** Chromium takes no more (true), or takes more again (false). */
  onBlocked: (isBlocked: boolean) => void;
}

/** Beyond this, waiting for more to write along would only hold up what there is. */
const BATCH_CHARS = 64 * 1024;

/**
 * Chromium's debugging pipe: NUL-terminated messages in both directions. What is written within one turn of the event loop goes out in one
 * write at its end: a write wakes Chromium, which costs more than all else that is done for a small message.
 */
export class DebuggingPipe {
  readonly #writable: Writable;
  readonly #onBlocked: (isBlocked: boolean) => void;
  #batch = '';
  #isBlocked = false;

  constructor({ readable, writable, maxMessageBytes, onMessage, onOversized, onClosed, onBlocked }: DebuggingPipeOptions) {
    this.#writable = writable;
    this.#onBlocked = onBlocked;
    const frames = new FrameReader({ maxBytes: maxMessageBytes, onMessage, onOversized });
    readable.on('data', (chunk: Buffer) => frames.push(chunk));
    readable.on('close', onClosed);
    readable.on('end', onClosed);
    // A broken pipe in either direction means that Chromium is gone, which the end of the readable side reports.
    readable.on('error', onClosed);
    writable.on('error', onClosed);
    writable.on('drain', () => this.#setBlocked(false));
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  write(message: string): void {
    if (this.#batch === '') process.nextTick(() => this.#flush());
    this.#batch += `${message}\0`;
    if (this.#batch.length > BATCH_CHARS) this.#flush();
  }

  #flush(): void {
    if (this.#batch === '') return; // it was more than was to wait
    const batch = this.#batch;
    this.#batch = '';
    // What the kernel took at once needs no waiting, however much it was.
    if (!this.#writable.write(batch) && this.#writable.writableLength > 0) this.#setBlocked(true);
  }

  #setBlocked(isBlocked: boolean): void {
    if (this.#isBlocked === isBlocked) return;
    this.#isBlocked = isBlocked;
    this.#onBlocked(isBlocked);
  }
}
