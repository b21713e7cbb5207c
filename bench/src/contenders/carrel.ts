import { setTimeout as delay } from 'node:timers/promises';
import type { Browser } from '@carrel/sdk';
import { BenchmarkFailed } from '../benchmark-failed.js';
import type { CarrelServer } from '../carrel-server.js';
import { type Contender, Stopwatch, type Timing } from './contender.js';
import { connect, connectAndGo, goto } from './over-cdp.js';

const GONE_POLL_MS = 10;
const GONE_DEADLINE_MS = 30_000;

/** Carrel, as its clients use it: the SDK opens and closes, Playwright drives over the browser's `cdpUrl`. */
export class CarrelContender implements Contender {
  readonly name = 'carrel';
  readonly #server: CarrelServer;
  #ending: Browser[] = [];

  constructor(server: CarrelServer) {
    this.#server = server;
  }

  get roots(): readonly number[] {
    return [this.#server.pid];
  }

  async run(_slot: number, url: string): Promise<Timing> {
    const watch = new Stopwatch();
    const browser = await watch.time('create', () => this.#open());
    this.#ending.push(browser);
    try {
      const playwright = await connectAndGo(watch, browser.cdpUrl, url);
      await watch.time('release', () => browser.close());
      const timing = watch.stop();
      // The server has hung up; this lets Playwright know that we have too.
      await playwright.close();
      return timing;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** An ephemeral browser is released before all of it is gone. Its status says `closed` when it is. */
  async settle(): Promise<void> {
    const deadline = AbortSignal.timeout(GONE_DEADLINE_MS);
    for (const browser of this.#ending.splice(0)) {
      // A look per 10 ms costs the server next to nothing; holding an event stream for each browser would cost it more.
      while ((await browser.refresh()).status === 'closing') {
        if (deadline.aborted) throw new BenchmarkFailed(`${browser.id} was still closing ${GONE_DEADLINE_MS / 1000} s after its release`);
        await delay(GONE_POLL_MS);
      }
    }
  }

  async leaveOpen(_slot: number, url: string): Promise<void> {
    const browser = await this.#open();
    const { playwright, page } = await connect(browser.cdpUrl);
    await goto(page, url);
    await playwright.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  #open(): Promise<Browser> {
    return this.#server.client.browsers.open({}, { keepAlive: false });
  }
}
