import { CarrelError } from '@carrel/protocol';
import type { Browser, BrowserContext, ConnectOverCDPTransport, Page } from 'playwright-core';
import type { CdpSession } from '../cdp/index.js';
import type { Deadline } from './deadline.js';
import { gatedTransport } from './playwright-gate.js';
import type { TabState } from './tab.js';
import type { TabList } from './tabs.js';
import { Watch } from './watch.js';

const CONNECT_TIMEOUT_MS = 15_000;
/** The longest that a timer can be set for. */
const NO_TIMEOUT_MS = 2_147_483_647;

/** One connection of Playwright to the browser, and which of its pages is which tab. */
interface Connection {
  browser: Browser;
  pages: Map<string, Page>;
}

export interface PlaywrightLinkOptions {
  session: CdpSession;
  tabs: TabList;
  connectTransport: () => ConnectOverCDPTransport;
  /** Where Playwright keeps what it may have to keep; it goes with what else there is of the browser, however this process ends. */
  artifactsDirectory: string;
}

/**
 * The engine's own Playwright: one more client of the browser, connected when something first needs it, and again if it was lost.
 */
export class PlaywrightLink implements AsyncDisposable {
  readonly #options: PlaywrightLinkOptions;
  readonly #watch = new Watch();
  #connection: Promise<Connection> | undefined;
  #isClosed = false;

  constructor(options: PlaywrightLinkOptions) {
    this.#options = options;
  }

  /**
   * Playwright's page of a tab.
   * @throws {CarrelError} `page_unresponsive` when the page does not get ready in time, `browser_crashed` when there is no browser any more
   */
  async page(tab: TabState, deadline: Deadline, signal: AbortSignal): Promise<Page> {
    const { pages } = await this.#connect();
    await this.#watch.until(() => pages.has(tab.id), { timeoutMs: deadline.remainingMs, signal });
    const page = pages.get(tab.id);
    if (page !== undefined) return page;
    throw new CarrelError(
      'page_unresponsive',
      `The tab did not answer within ${deadline.timeoutMs} ms: its page is busy or still loading.`,
      {
        details: { tabId: tab.id },
      },
    );
  }

  /** Connects ahead of the first use, which then need not wait for it. @throws {CarrelError} `browser_crashed` */
  async connect(): Promise<void> {
    await this.#connect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    const connection = await this.#connection?.catch(() => undefined); // one that failed has nothing to close
    await connection?.browser.close();
  }

  /** Callers at the same time share one attempt; the next caller after a failure or a loss makes a new one. */
  #connect(): Promise<Connection> {
    if (this.#isClosed) return Promise.reject(new CarrelError('browser_crashed', 'The browser is closing.'));
    if (this.#connection !== undefined) return this.#connection;
    const connection = this.#open();
    this.#connection = connection;
    const forget = () => {
      if (this.#connection === connection) this.#connection = undefined;
    };
    connection.then(({ browser }) => browser.once('disconnected', forget), forget);
    return connection;
  }

  async #open(): Promise<Connection> {
    // It is large: servers and commands that drive no page do without.
    const { chromium } = await import('playwright-core');
    const shown = new Set<string>();
    const transport = gatedTransport(this.#options.connectTransport(), (targetId) => this.#whenResponsive(targetId), shown);
    try {
      const browser = await chromium.connectOverCDP(transport, {
        // Nothing of the browser's own settings is changed, downloads and media above all.
        noDefaults: true,
        // Files to upload are named by their path, not copied through the pipe.
        isLocal: true,
        artifactsDir: this.#options.artifactsDirectory,
        timeout: CONNECT_TIMEOUT_MS,
      });
      const pages = new Map<string, Page>();
      for (const context of browser.contexts()) this.#follow(context, pages, shown);
      return { browser, pages };
    } catch (cause) {
      transport.close();
      throw new CarrelError(
        'browser_crashed',
        'The browser could not be reached for reading or driving its pages; it may be ending. Try again.',
        { cause },
      );
    }
  }

  #follow(context: BrowserContext, pages: Map<string, Page>, shown: ReadonlySet<string>): void {
    const add = (page: Page) => {
      // With no listener Playwright would close dialogs by itself.
      page.on('dialog', () => {});
      const [only, ...others] = shown;
      // The one target that it has heard of is this page: it need not be asked for its name, which takes five round trips.
      if (only !== undefined && others.length === 0) this.#know(only, page, pages);
      else
        this.#identify(context, page, pages).catch(() => {
          // The page closed before it could be identified.
        });
    };
    context.on('page', add);
    for (const page of context.pages()) add(page);
  }

  async #identify(context: BrowserContext, page: Page, pages: Map<string, Page>): Promise<void> {
    const session = await context.newCDPSession(page);
    const { targetInfo } = await session.send('Target.getTargetInfo');
    await session.detach();
    this.#know(targetInfo.targetId, page, pages);
  }

  #know(targetId: string, page: Page, pages: Map<string, Page>): void {
    pages.set(targetId, page);
    page.once('close', () => pages.delete(targetId));
    this.#watch.notify();
  }

  /** Resolves once the page runs scripts; never while it hangs or shows a dialog. Rejects when it ends. */
  async #whenResponsive(targetId: string): Promise<void> {
    const { session, tabs } = this.#options;
    const sessionId = tabs.find(targetId)?.sessionId;
    if (sessionId === undefined) return; // not a tab of ours: nothing is known against it
    await session.send('Runtime.evaluate', { expression: '0' }, { sessionId, timeoutMs: NO_TIMEOUT_MS });
  }
}
