import type { Ora } from 'ora';

/** Remarks that come while something goes on. Where there is a spinner it stays below them, and says what goes on now. */
export class Live implements Disposable {
  readonly #print: (line: string) => void;
  readonly #spinner: Ora | undefined;

  constructor(print: (line: string) => void, spinner: Ora | undefined) {
    this.#print = print;
    this.#spinner = spinner;
  }

  /** What goes on now: only a person on a terminal sees it. */
  doing(text: string): void {
    if (this.#spinner) this.#spinner.text = text;
  }

  /** A remark that stays. */
  note(line: string): void {
    const wasSpinning = this.#spinner?.isSpinning ?? false;
    this.hold();
    this.#print(line);
    if (wasSpinning) this.goOn();
  }

  /** Takes the spinner away, so that something else can be shown. */
  hold(): void {
    this.#spinner?.stop();
  }

  goOn(): void {
    this.#spinner?.start();
  }

  [Symbol.dispose](): void {
    this.hold();
  }
}
