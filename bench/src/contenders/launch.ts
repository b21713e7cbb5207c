import { basename } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { disposeAll } from '../dispose-all.js';
import { descendants, NAME_CHARS } from '../processes.js';
import { type DenseContender, STEP_TIMEOUT_MS, Stopwatch, type Timing } from './contender.js';
import { goto } from './over-cdp.js';

/** What people do today: `chromium.launch()` for every run, as Playwright sets it up, without Chromium's sandbox. */
export class LaunchContender implements DenseContender {
  readonly name = 'launch';
  readonly #executablePath: string;
  readonly #open: Browser[] = [];

  constructor(executablePath: string) {
    this.#executablePath = executablePath;
  }

  async run(_slot: number, url: string): Promise<Timing> {
    const watch = new Stopwatch();
    const browser = await watch.time('create', () => this.#launch());
    try {
      const page = await watch.time('connect', () => browser.newPage());
      await watch.time('goto', () => goto(page, url));
      await watch.time('release', () => browser.close());
      return watch.stop();
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  async settle(): Promise<void> {
    // Playwright's close() waits for the end of the process.
  }

  async leaveOpen(_slot: number, url: string): Promise<void> {
    const browser = await this.#launch();
    this.#open.push(browser);
    await goto(await browser.newPage(), url);
  }

  /** Playwright does not tell of its processes: all that this one has started and that are Chromium. */
  browserPids(): number[] {
    const name = basename(this.#executablePath).slice(0, NAME_CHARS);
    return descendants([process.pid], (found) => found === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await disposeAll(this.#open.map((browser) => ({ [Symbol.asyncDispose]: () => browser.close() })));
  }

  #launch(): Promise<Browser> {
    return chromium.launch({
      executablePath: this.#executablePath,
      timeout: STEP_TIMEOUT_MS,
      // Signals are ours: Playwright would end this process before the server is stopped.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  }
}
