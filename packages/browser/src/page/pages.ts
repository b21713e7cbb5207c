import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  type Action,
  type ActionResult,
  type BrowserFile,
  CarrelError,
  type Cookie,
  NAVIGABLE,
  type NetworkFailure,
  navigableUrl,
  type Observation,
  type ObserveRequest,
  type PdfRequest,
  type ScrapeRequest,
  type ScrapeResult,
  type ScreenshotRequest,
  type Tab,
} from '@carrel/protocol';
import type { ConnectOverCDPTransport } from 'playwright-core';
import type { CdpSession } from '../cdp/index.js';
import { type ExecuteParts, execute, executeFill, type SecretFill } from './actions/index.js';
import { attend, readingError } from './attend.js';
import { printPdf } from './capture.js';
import { getCookies, type PartitionedCookie, type ReadCookie, readCookies, setCookies } from './cookies.js';
import { Deadline } from './deadline.js';
import { EventCap } from './event-cap.js';
import type { Emit } from './events.js';
import { Downloads, FileStore } from './files/index.js';
import { type FindSpans, type HiddenText, hideText } from './hide-text.js';
import { sessionOf } from './layout.js';
import { type LocalStorage, readLocalStorage } from './local-storage.js';
import { observe } from './observe.js';
import { readPaintedText } from './painted-text.js';
import { PlaywrightLink } from './playwright.js';
import { PointerTrail } from './pointer-trail.js';
import { type MarkdownScope, scrape } from './scrape/index.js';
import { takeScreenshot } from './screenshot.js';
import { setOut, type WantedTab } from './set-out.js';
import { MAX_TABS, type TabState, TOO_MANY_TABS } from './tab.js';
import { TabList } from './tabs.js';
import { untilAborted } from './until-aborted.js';

const OPEN_TAB_MS = 15_000;
const READ_TEXT_MS = 15_000;
const RELEASE_MEMORY_MS = 1_000;

export interface PagesOptions {
  /** The engine's own root session. */
  session: CdpSession;
  /** One more client of the browser, for Playwright. Called when first needed, and again after that connection was lost. */
  connectTransport: () => ConnectOverCDPTransport;
  /** Absolute paths, the same for the browser and for us. `uploads` is ours; `downloads` is written by the browser and not trusted. */
  directories: { uploads: string; downloads: string };
  /** The uid that Chromium runs as, when it is not ours. */
  browserUid: number | undefined;
  /** Why the browser's proxy last did not reach where a URL points, as far as it knows. */
  lastFailure: (url: URL) => NetworkFailure | undefined;
  /** Writes a line in the browser's log. */
  emit: Emit;
  limits: { maxFileBytes: number; maxFilesBytes: number };
}

/** The files of a browser. */
export interface PageFiles {
  list(): Promise<BrowserFile[]>;
  /** @throws {CarrelError} `invalid_request`, `payload_too_large`, `conflict` */
  put(name: string, body: AsyncIterable<Uint8Array>): Promise<BrowserFile>;
  /** @throws {CarrelError} `not_found` */
  open(name: string): Promise<{ file: BrowserFile; stream: Readable }>;
  /** @throws {CarrelError} `not_found` */
  delete(name: string): Promise<void>;
}

/** What an agent sees of a browser's pages, and what it can do with them. */
export class Pages implements AsyncDisposable {
  readonly files: PageFiles;
  /** Where it is pressed, by agents and by people. */
  readonly pointer = new PointerTrail();
  readonly #session: CdpSession;
  readonly #parts: ExecuteParts;
  readonly #log: EventCap;

  /** Starts to follow tabs and downloads. Playwright is connected only once something needs it. */
  static async create(options: PagesOptions): Promise<Pages> {
    const pages = new Pages(options);
    const { tabs, downloads } = pages.#parts;
    await Promise.all([tabs.start(), downloads.start()]);
    return pages;
  }

  private constructor(options: PagesOptions) {
    const { session, connectTransport } = options;
    this.#log = new EventCap(options.emit);
    const { emit } = this.#log;
    const files = new FileStore(options);
    const tabs = new TabList(session, emit);
    const artifactsDirectory = join(dirname(options.directories.uploads), 'artifacts');
    const playwright = new PlaywrightLink({ session, tabs, connectTransport, artifactsDirectory });
    this.#session = session;
    this.#parts = {
      session,
      tabs,
      files,
      playwright,
      downloads: new Downloads({ session, files, emit, downloadPath: options.directories.downloads }),
      lastFailure: options.lastFailure,
      pointer: this.pointer,
      emit,
    };
    this.files = {
      list: async () => files.list(),
      put: (name, body) => files.put(name, body),
      open: (name) => files.open(name),
      delete: (name) => files.delete(name),
    };
  }

  /**
   * Connects what looks at pages and works on them, ahead of its first use: only those who are sure to need it should.
   * @throws {CarrelError} `browser_crashed`
   */
  connect(): Promise<void> {
    return this.#parts.playwright.connect();
  }

  /** @throws {CarrelError} `not_found`, `page_unresponsive`, `browser_crashed` */
  observe(request: ObserveRequest, signal?: AbortSignal): Promise<Observation> {
    return observe(this.#parts, request, signal);
  }

  /** A failed action is an answer with `success: false`. */
  execute(action: Action, signal?: AbortSignal): Promise<ActionResult> {
    return execute(this.#parts, action, signal);
  }

  /** Fills a secret into an element of the active tab, if that is where it belongs. The value is in no log, and in nothing that is returned. */
  fillSecret(fill: SecretFill, signal?: AbortSignal): Promise<ActionResult> {
    return executeFill(this.#parts, fill, signal);
  }

  /**
   * All text that a tab has laid out, as pictures of it show it.
   * @throws {CarrelError} `not_found`, `page_unresponsive`, `browser_crashed`
   */
  async paintedText(tabId?: string, signal?: AbortSignal): Promise<string> {
    const tab = this.#parts.tabs.get(tabId);
    const deadline = new Deadline(READ_TEXT_MS);
    const outcome = await attend(tab, deadline, signal, async (stop) =>
      readPaintedText(await this.#parts.playwright.page(tab, deadline, stop)),
    );
    if (outcome.kind === 'done') return outcome.value;
    throw readingError(outcome, tab, 'Reading the page', READ_TEXT_MS);
  }

  /**
   * Has a tab show dots where it shows what is looked for, as far as it is text.
   * @throws {CarrelError} `not_found`, `page_unresponsive`, `browser_crashed`
   */
  async hideText(tabId: string, find: FindSpans): Promise<HiddenText> {
    const tab = this.#parts.tabs.get(tabId);
    const deadline = new Deadline(READ_TEXT_MS);
    const outcome = await attend(tab, deadline, undefined, async (stop) =>
      hideText(await this.#parts.playwright.page(tab, deadline, stop), find),
    );
    if (outcome.kind === 'done') return outcome.value;
    throw readingError(outcome, tab, 'Reading the page', READ_TEXT_MS);
  }

  /** @throws {CarrelError} `needs_model`, `invalid_request`, `payload_too_large`, `not_found`, `page_unresponsive`, `browser_crashed` */
  async scrape(request: ScrapeRequest & MarkdownScope, signal?: AbortSignal): Promise<ScrapeResult> {
    return scrape(this.#session, this.#parts.tabs.get(request.tabId), request, signal);
  }

  /** @throws {CarrelError} `not_found` (no such tab or element), `page_unresponsive`, `browser_crashed` */
  screenshot(request: ScreenshotRequest, signal?: AbortSignal): Promise<{ bytes: Buffer; mimeType: string }> {
    return takeScreenshot(this.#parts, request, signal);
  }

  /** @throws {CarrelError} `not_found`, `invalid_request`, `page_unresponsive`, `browser_crashed` */
  async pdf(request: PdfRequest, signal?: AbortSignal): Promise<Buffer> {
    const tab = this.#parts.tabs.get(request.tabId);
    const deadline = new Deadline(request.timeoutMs);
    const outcome = await attend(tab, deadline, signal, () => printPdf(this.#session, tab, request, deadline));
    if (outcome.kind === 'done') return outcome.value;
    throw readingError(outcome, tab, 'Printing the page', request.timeoutMs);
  }

  /** Has the browser let go of memory that it can do without, as when the machine runs out of it. */
  async releaseMemory(): Promise<void> {
    const sessions = this.#parts.tabs.all().flatMap(({ sessionId }) => sessionId ?? []);
    const options = { timeoutMs: RELEASE_MEMORY_MS };
    const asked = sessions.map((sessionId) =>
      this.#session.send('Memory.simulatePressureNotification', { level: 'critical' }, { ...options, sessionId }),
    );
    await Promise.allSettled(asked); // a page that does not answer keeps what it has
  }

  getCookies(): Promise<Cookie[]> {
    return getCookies(this.#session);
  }

  /** The same, each with the partition that it is in, as `setCookies` takes them again. @throws the reason of `signal` as soon as it fires */
  readCookies(signal?: AbortSignal): Promise<ReadCookie[]> {
    return readCookies(this.#session, signal);
  }

  /**
   * What open pages and their frames have in localStorage, of the origins that are wanted; nothing of a page that does not answer at once.
   * @throws {CarrelError} `browser_crashed`, the reason of `signal` as soon as it fires
   */
  readLocalStorage(isWanted: (origin: string) => boolean, signal?: AbortSignal): Promise<LocalStorage[]> {
    return untilAborted(readLocalStorage(this.#parts, isWanted), signal);
  }

  /** @throws {CarrelError} `invalid_request` when Chromium refuses one; then none is set */
  setCookies(cookies: readonly PartitionedCookie[]): Promise<void> {
    return setCookies(this.#session, cookies);
  }

  /** The tabs as the engine knows them, for those who show them. */
  get tabList(): TabList {
    return this.#parts.tabs;
  }

  /** The path under which the browser can read one of its files. @throws {CarrelError} `not_found` */
  pathForUpload(name: string): Promise<string> {
    return this.#parts.files.pathForUpload(name);
  }

  /** The origins of the pages that were in its tabs, the first 200: of none that were only in frames. */
  visitedOrigins(): string[] {
    return this.#parts.tabs.visitedOrigins;
  }

  /** In order of opening. */
  tabs(): Tab[] {
    return this.#parts.tabs.list();
  }

  /** Why no further tab may be opened, in a sentence; undefined when one may. */
  refuseTab(): string | undefined {
    return this.#parts.tabs.isFull ? TOO_MANY_TABS : undefined;
  }

  /**
   * Opens a tab, makes it the active one, and sets out for `url` without waiting for the page to load.
   * @throws {CarrelError} `invalid_request` for a URL that may not be opened, `conflict` when there are as many tabs as there may be
   */
  async openTab(url?: string): Promise<Tab> {
    if (url !== undefined && !navigableUrl.safeParse(url).success) {
      throw new CarrelError('invalid_request', `Only ${NAVIGABLE} may be opened.`);
    }
    const deadline = new Deadline(OPEN_TAB_MS);
    const tab = await this.#parts.tabs.open(deadline);
    if (url !== undefined && url !== 'about:blank') {
      // The answer comes with the first bytes of the page, or with the reason why there are none, which the tab then shows.
      const navigation = this.#session.send('Page.navigate', { url }, sessionOf(tab, deadline));
      await attend(tab, deadline, undefined, () => navigation);
    }
    return tab.toTab(this.#parts.tabs.active() === tab);
  }

  /**
   * Opens the tabs that another browser had, the first of them in place of the blank one, and sets out for their URLs without waiting for any.
   * What may not be opened is left out.
   * @returns the ids of the tabs, and whether each came where it was sent, once that is known
   */
  async bringTabs<T extends WantedTab>(wanted: readonly T[]): Promise<{ tabId: string; wanted: T; arrived: Promise<boolean> }[]> {
    const { tabs } = this.#parts;
    const allowed = wanted.filter(({ url }) => navigableUrl.safeParse(url).success).slice(0, MAX_TABS);
    let active: TabState | undefined;
    const brought: { tabId: string; wanted: T; arrived: Promise<boolean> }[] = [];
    for (const [index, tabToBring] of allowed.entries()) {
      const { url, isActive, script } = tabToBring;
      const deadline = new Deadline(OPEN_TAB_MS);
      const tab = index === 0 ? tabs.get(undefined) : await tabs.open(deadline);
      if (isActive) active = tab;
      brought.push({ tabId: tab.id, wanted: tabToBring, ...(await setOut(this.#session, tab, { url, script }, deadline)) });
    }
    if (active !== undefined) tabs.activate(active);
    return brought;
  }

  /** @throws {CarrelError} `not_found`, `page_unresponsive` */
  async closeTab(id: string): Promise<void> {
    const { tabs } = this.#parts;
    await tabs.close(tabs.get(id), new Deadline(OPEN_TAB_MS));
  }

  /**
   * To be called when a client of the browser has left: Chromium takes back with it what it had asked for, so that downloads are asked for
   * again.
   */
  clientLeft(): void {
    this.#parts.downloads.arm().catch(() => {
      // The browser is ending, and its downloads with it.
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.tabs.stop();
    this.#parts.downloads.stop();
    this.#log.flush();
    await this.#parts.playwright[Symbol.asyncDispose]();
  }
}
