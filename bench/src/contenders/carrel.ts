import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, isCarrelError } from '@carrel/sdk';
import { BenchmarkFailed } from '../benchmark-failed.js';
import type { CarrelServer } from '../carrel-server.js';
import { type DenseContender, Stopwatch, type Timing } from './contender.js';
import { connect, connectAndGo, goto } from './over-cdp.js';

const GONE_POLL_MS = 10;
const GONE_DEADLINE_MS = 30_000;
/** Clients that were turned away together are not to come back together. */
const JITTER_MS = 250;
/** How long somebody who is turned away tries again. */
const PATIENCE_MS = 120_000;

/** Carrel, as its clients use it: the SDK opens and closes, Playwright drives over the browser's `cdpUrl`. */
export class CarrelContender implements DenseContender {
  readonly name = 'carrel';
  readonly #server: CarrelServer;
  readonly #held = new Set<string>();
  readonly #released = new Set<string>();
  #ending: Browser[] = [];
  #refused = 0;

  constructor(server: CarrelServer) {
    this.#server = server;
  }

  /** Of the browsers that were left open. */
  get heldIds(): ReadonlySet<string> {
    return this.#held;
  }

  /** Of the browsers of all lifecycles. */
  get releasedIds(): ReadonlySet<string> {
    return this.#released;
  }

  /** How often a machine that is overloaded has turned it away so far. It has come back when it was told to. */
  get refused(): number {
    return this.#refused;
  }

  async run(_slot: number, url: string): Promise<Timing> {
    const watch = new Stopwatch();
    const browser = await watch.time('create', () => this.#open());
    this.#ending.push(browser);
    this.#released.add(browser.id);
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
    this.#held.add(browser.id);
    const { playwright, page } = await connect(browser.cdpUrl);
    await goto(page, url);
    await playwright.close();
  }

  browserPids(): number[] {
    return this.#pidsOf((id) => this.#held.has(id));
  }

  /** Of the browsers that are started ahead for whoever asks next. */
  poolPids(): number[] {
    return this.#pidsOf((id) => !this.#held.has(id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }

  #pidsOf(isWanted: (id: string) => boolean): number[] {
    return [...this.#server.browserPids()].flatMap(([id, pids]) => (isWanted(id) ? pids : []));
  }

  /** As a client does that is patient: turned away by a machine that is overloaded, it comes back when it was told to. */
  async #open(): Promise<Browser> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      try {
        return await this.#server.client.browsers.open({}, { keepAlive: false });
      } catch (error) {
        if (!isCarrelError(error, 'overloaded') || error.retryAfterMs === undefined || deadline.aborted) throw error;
        this.#refused += 1;
        await delay(error.retryAfterMs + Math.random() * JITTER_MS);
      }
    }
  }
}
