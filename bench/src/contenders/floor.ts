import { BareChromium } from '../bare-chromium.js';
import { BenchmarkFailed } from '../benchmark-failed.js';
import { disposeAll } from '../dispose-all.js';
import { type Contender, Stopwatch, type Timing } from './contender.js';
import { connect, connectAndGo, goto } from './over-cdp.js';

/**
 * As fast as Chromium can be: one browser per slot that runs already, with its page open, without walls, used again and again. Nobody could
 * hand such a browser to a second customer; what is slower than this is the price of a fresh, isolated one.
 */
export class FloorContender implements Contender {
  readonly name = 'floor';
  readonly roots = [process.pid];
  readonly #urls: readonly string[];
  readonly #browsers: readonly BareChromium[];

  private constructor(browsers: readonly BareChromium[], urls: readonly string[]) {
    this.#browsers = browsers;
    this.#urls = urls;
  }

  static async start({ executablePath, slots, signal }: { executablePath: string; slots: number; signal: AbortSignal }) {
    const browsers: BareChromium[] = [];
    const urls: string[] = [];
    try {
      for (let slot = 0; slot < slots; slot++) {
        const { chromium, url } = await BareChromium.withPort(executablePath, signal);
        browsers.push(chromium);
        urls.push(url);
      }
    } catch (error) {
      await disposeAll(browsers);
      throw error;
    }
    return new FloorContender(browsers, urls);
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
    const { playwright, page } = await connect(this.#urlOf(slot));
    await goto(page, url);
    await playwright.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#browsers);
  }

  #urlOf(slot: number): string {
    const url = this.#urls[slot];
    if (url === undefined) throw new BenchmarkFailed(`the floor has ${this.#urls.length} browsers, none for slot ${slot}`);
    return url;
  }
}
