import { BareChromium } from '../bare-chromium.js';
import { type Contender, Stopwatch, type Timing } from './contender.js';
import { connectAndGo } from './over-cdp.js';

/** The least that a browser of one's own costs: a bare headless-shell for each run, without sandbox, with a profile directory of its own, killed at its end. */
export class BareContender implements Contender {
  readonly name = 'bare';
  readonly #executablePath: string;
  readonly #signal: AbortSignal;

  constructor(executablePath: string, signal: AbortSignal) {
    this.#executablePath = executablePath;
    this.#signal = signal;
  }

  async run(_slot: number, url: string): Promise<Timing> {
    const watch = new Stopwatch();
    const { chromium, url: cdpUrl } = await watch.time('create', () => BareChromium.withPort(this.#executablePath, this.#signal));
    await using _chromium = chromium;
    const playwright = await connectAndGo(watch, cdpUrl, url);
    await watch.time('release', () => chromium[Symbol.asyncDispose]());
    const timing = watch.stop();
    await playwright.close(); // its browser is gone
    return timing;
  }

  async settle(): Promise<void> {
    // It is gone when a run is over.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing outlives a run.
  }
}
