import { createInterface, type Interface } from 'node:readline';

/** The lines of an input that is no terminal, one at a time. What comes in one piece is kept until it is asked for. */
export class InputLines {
  readonly #lines: Interface;
  readonly #kept: string[] = [];
  #isAtEnd = false;
  #onChange: (() => void) | undefined;

  constructor(input: NodeJS.ReadableStream) {
    this.#lines = createInterface({ input, terminal: false });
    this.#lines.on('line', (line) => {
      this.#kept.push(line);
      this.#onChange?.();
    });
    this.#lines.on('close', () => {
      this.#isAtEnd = true;
      this.#onChange?.();
    });
  }

  /** The next line; undefined at the end of the input, or when the signal says to wait no longer. For one caller at a time. */
  next(signal?: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve) => {
      const settle = () => {
        if (this.#kept.length === 0 && !this.#isAtEnd && !signal?.aborted) return;
        this.#onChange = undefined;
        signal?.removeEventListener('abort', settle);
        // Whoever reads nothing more shall not be kept alive by an input that stays open.
        if (!this.#isAtEnd) this.#lines.pause();
        resolve(signal?.aborted ? undefined : this.#kept.shift());
      };
      this.#onChange = settle;
      signal?.addEventListener('abort', settle, { once: true });
      if (!this.#isAtEnd) this.#lines.resume();
      settle();
    });
  }
}
