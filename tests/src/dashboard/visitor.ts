import assert from 'node:assert/strict';
import { findChromium } from '@carrel/browser';
import { Carrel } from '@carrel/sdk';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** How long a page may take to show something on a busy machine. */
const SHOWS_WITHIN_MS = 15_000;

/** A person at the dashboard, in a Chromium that is none of the server's. */
export class Visitor implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #context: BrowserContext;
  readonly url: string;
  readonly page: Page;
  /** What a page of ours never does: errors, refused scripts and styles, dialogs. */
  readonly complaints: string[] = [];

  private constructor(browser: Browser, context: BrowserContext, page: Page, url: string) {
    this.#browser = browser;
    this.#context = context;
    this.page = page;
    this.url = url;
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      // Chromium writes every refused request to the console; that somebody is not signed in, or that a browser has ended,
      // is no mistake of the page.
      const isRefusal = /^(Failed to load resource|WebSocket connection to '[^']*' failed)/.test(message.text());
      if (message.type() === 'error' && !isRefusal) this.complaints.push(`console: ${message.text()}`);
    });
    page.on('dialog', (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  static async arrive(url: string): Promise<Visitor> {
    const { executablePath } = await findChromium('headless-shell');
    const browser = await chromium.launch({ executablePath });
    const context = await browser.newContext({ baseURL: url, viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(SHOWS_WITHIN_MS);
    return new Visitor(browser, context, await context.newPage(), url);
  }

  /** Arrives by a one-time link, as `carrel serve` prints one. */
  static async signedIn(server: { url: string; apiKey: string }): Promise<Visitor> {
    const { url } = await new Carrel(server).dashboard.createSignInLink();
    const visitor = await Visitor.arrive(server.url);
    await visitor.page.goto(url);
    await visitor.page.getByRole('link', { name: 'Home' }).waitFor();
    return visitor;
  }

  /** Goes to a place of the dashboard, and waits until nothing there is on its way any more. */
  async goTo(path: string): Promise<void> {
    await this.page.goto(path);
    await this.settled();
  }

  async settled(): Promise<void> {
    await this.page.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
    await this.page.waitForFunction(() => ![...document.querySelectorAll('[role=status]')].some((one) => one.textContent?.endsWith('…')));
  }

  /** Whether some text is shown as text. */
  async sees(text: string | RegExp): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** What axe finds wrong with the page as it is (https://github.com/dequelabs/axe-core). */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    // As text, so that nothing rewrites it.
    const { violations } = await this.page.evaluate<axe.AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
  }

  /** How much wider the page is than the window. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  }

  /** Fails when the page has done what it never does. */
  assertNoComplaints(): void {
    assert.deepEqual(this.complaints, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    await this.#browser.close();
  }
}
