import { BareChromium } from '../bare-chromium.js';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { disposeAll } from '../dispose-all.js';
import { type DenseContender, Stopwatch, type Timing } from './contender.js';
import { connect, connectAndGo, goto } from './over-cdp.js';

interface StartOptions {
  executablePath: string;
  /** How many browsers are to run from the start. */
  slots: number;
  signal: AbortSignal;
}

/**
 * As fast as Chromium can be: one browser per slot that runs already, with its page open, without walls, used again and again. Nobody could
 * hand such a browser to a second customer; what is slower than this is the price of a fresh, isolated one.
 */
export class FloorContender implements DenseContender {
  readonly name = 'floor';
  readonly #options: StartOptions;
  readonly #running: { chromium: BareChromium; url: string }[] = [];

  private constructor(options: StartOptions) {
    this.#options = options;
  }

  static async start(options: StartOptions): Promise<FloorContender> {
    const floor = new FloorContender(options);
    try {
      while (floor.#running.length < options.slots) await floor.#startOne();
      return floor;
    } catch (error) {
      await floor[Symbol.asyncDispose]();
      throw error;
    }
  }

  async run(slot: number, url: string): Promise<Timing> {
    const watch = new Stopwatch();
    const playwright = await connectAndGo(watch, this.#urlOf(slot), url);
    await watch.time('release', () => playwright.close()); // disconnects; the browser lives on
    return watch.stop();
  }

  async settle(): Promise<void> {
    // Nothing ends with a run.
  }

  async leaveOpen(slot: number, url: string): Promise<void> {
    if (slot === this.#running.length) await this.#startOne();
    const { playwright, page } = await connect(this.#urlOf(slot));
    await goto(page, url);
    await playwright.close();
  }

  browserPids(): number[] {
    return this.#running.flatMap(({ chromium }) => chromium.pids);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#running.map(({ chromium }) => chromium));
  }

  async #startOne(): Promise<void> {
    const { executablePath, signal } = this.#options;
    this.#running.push(await BareChromium.withPort(executablePath, signal));
  }

  #urlOf(slot: number): string {
    const running = this.#running[slot];
    if (running === undefined) throw new BenchmarkFailed(`the floor has ${this.#running.length} browsers, none for slot ${slot}`);
    return running.url;
  }
}
