import type { WriteStream } from 'node:tty';

/** One line that changes, where somebody looks; in a file or a pipe it would only be in the way, and nothing is written. */
export class Progress {
  readonly #stream: WriteStream;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  show(text: string): void {
    if (this.#stream.isTTY === true) this.#stream.write(`\r\x1b[2K  ${[...text].slice(0, (this.#stream.columns ?? 80) - 4).join('')}`);
  }

  clear(): void {
    if (this.#stream.isTTY === true) this.#stream.write('\r\x1b[2K');
  }
}
