import { CarrelError } from '../errors.js';
import { eitherSignal } from '../http/deadline.js';
import { SILENCE_TIMEOUT_MS, streamOf } from '../http/event-stream-of.js';
import { type CallOptions, type Request, Transport } from '../http/transport.js';
import type {
  Action,
  ActionResult,
  BrowserEvent,
  BrowserInfo,
  BrowserResources,
  BrowserStatus,
  NetworkLog,
  NetworkLogQuery,
  Observation,
  ObserveRequest,
  PdfRequest,
  ProfileVersion,
  ScrapeRequest,
  ScrapeResult,
  ScreenshotRequest,
  UpdateBrowserRequest,
} from '../types.js';
import { BrowserCookies, BrowserFiles, BrowserTabs } from './browser-parts.js';
import { type EventsOptions, eventsOf } from './event-log.js';
import { KeepAlive } from './keep-alive.js';
import { savedOrThrow } from './saved-or-throw.js';

const LAST_EVENTS: ReadonlySet<string> = new Set(['browser.closed', 'browser.failed', 'browser.timed_out']);
const ENDED: ReadonlySet<string> = new Set(['closed', 'failed', 'timed_out']);

/**
 * One isolated browser. `await using` closes it at the end of the block, whatever happens in between.
 *
 * @example
 * const client = new Carrel();
 * await using browser = await client.browsers.open();
 * await browser.execute({ type: 'goto', url: 'https://example.com' });
 * const { snapshot, elements } = await browser.observe();
 * @example
 * // The same browser in Playwright:
 * const page = (await chromium.connectOverCDP(browser.cdpUrl)).contexts()[0].pages()[0];
 */
export class Browser implements AsyncDisposable {
  readonly cookies: BrowserCookies;
  readonly tabs: BrowserTabs;
  readonly files: BrowserFiles;
  readonly #transport: Transport;
  readonly #keepAlive: KeepAlive | undefined;
  #info: BrowserInfo;
  /** Whether `close` has told how it ended. */
  #isEnded = false;

  /** @internal */
  constructor(transport: Transport, info: BrowserInfo, isKeptAlive: boolean) {
    this.#transport = transport;
    this.#info = info;
    this.cookies = new BrowserCookies(transport, info.id);
    this.tabs = new BrowserTabs(transport, info.id);
    this.files = new BrowserFiles(transport, info.id);
    if (isKeptAlive) {
      this.#keepAlive = new KeepAlive(info, (change, timeoutMs) => this.#update(change, { timeoutMs, maxRetries: 0 }));
    }
  }

  get id(): string {
    return this.#info.id;
  }

  /** As of the last answer of the server about this browser; `refresh()` asks anew. */
  get status(): BrowserStatus {
    return this.#info.status;
  }

  /** Everything of the last answer of the server about this browser. */
  get info(): BrowserInfo {
    return this.#info;
  }

  /**
   * WebSocket URL for Playwright's `connectOverCDP` and Puppeteer's `connect`. A secret: whoever has it drives this browser.
   *
   * @throws CarrelError `no_cdp_url` when the browser has ended, or the API key may not drive it
   */
  get cdpUrl(): string {
    const { cdpUrl, id, status } = this.#info;
    if (cdpUrl !== undefined) return cdpUrl;
    const why =
      status === 'running'
        ? 'the server gave no cdpUrl: use an API key with the scope browsers:write'
        : `it is ${status}: open another browser`;
    throw new CarrelError('no_cdp_url', `There is no cdpUrl of ${id}, because ${why}.`);
  }

  /** Asks the server about this browser. */
  async refresh(options?: CallOptions): Promise<BrowserInfo> {
    return this.#learn(await this.#transport.json<BrowserInfo>({ method: 'GET', path: this.#pathOf() }, options));
  }

  /** Extends the time limits (counted in seconds, the maximum from the start), or replaces the metadata. */
  async update(change: UpdateBrowserRequest, options?: CallOptions): Promise<BrowserInfo> {
    const info = await this.#update(change, options);
    this.#keepAlive?.learn(info);
    return info;
  }

  /**
   * Does one action. One that fails on the page is an answer too, with `success: false`: look at it.
   *
   * @example
   * const result = await browser.execute({ type: 'click', ref: 'e12' });
   * if (!result.success) console.log(result.failure, result.message);
   */
  execute(action: Action, options?: CallOptions): Promise<ActionResult> {
    const serverTimeMs = ('timeMs' in action ? action.timeMs : undefined) ?? ('timeoutMs' in action ? action.timeoutMs : undefined);
    return this.#transport.json<ActionResult>(this.#post('execute', action, { serverTimeMs }), options);
  }

  /** Sees the page as an agent does: snapshot, and interactive elements with the refs that `execute` takes. */
  observe(request: ObserveRequest = {}, options?: CallOptions): Promise<Observation> {
    return this.#transport.json<Observation>(this.#read('observe', request), options);
  }

  /** Reads the page: Markdown, links, and fields by CSS selector or JSON Schema. */
  scrape(request: ScrapeRequest = {}, options?: CallOptions): Promise<ScrapeResult> {
    return this.#transport.json<ScrapeResult>(this.#read('scrape', request), options);
  }

  /** Takes a picture of the viewport, the whole page or one element; png unless told otherwise. */
  screenshot(request: ScreenshotRequest = {}, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#transport.bytes({ ...this.#read('screenshot', request), headers: { accept: 'image/*' } }, options);
  }

  /** Prints the page to PDF. */
  pdf(request: PdfRequest = {}, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#transport.bytes({ ...this.#read('pdf', request), headers: { accept: 'application/pdf' } }, options);
  }

  /**
   * The log of this browser, oldest first; with `follow`, also what is yet to come, until the browser has ended.
   *
   * @example
   * for await (const event of browser.events({ follow: true })) console.log(event.type, event.data);
   */
  events(options: EventsOptions = {}): AsyncGenerator<BrowserEvent, void> {
    return eventsOf<BrowserEvent>(
      {
        transport: this.#transport,
        path: this.#pathOf('events'),
        subject: this.id,
        isLast: ({ type }) => LAST_EVENTS.has(type),
        hasEnded: async (signal) => {
          const request = { method: 'GET', path: this.#pathOf() } as const;
          return ENDED.has((await this.#transport.json<BrowserInfo>(request, signal && { signal })).status);
        },
      },
      options,
    );
  }

  /**
   * What this browser asked the network for, oldest first, with where it leaves and how many bytes that took in all. Only the last requests
   * are kept, and only while the browser runs.
   *
   * @example
   * const { data, totals } = await browser.network();
   * console.log(totals.bytesIn, data.filter(({ failure }) => failure !== null));
   */
  network(query: NetworkLogQuery = {}, options?: CallOptions): Promise<NetworkLog> {
    return this.#transport.json<NetworkLog>({ method: 'GET', path: this.#pathOf('network'), query }, options);
  }

  /** What this browser uses of its machine: memory, processor time, processes, network. To ask wakes it from no sleep. */
  resources(options?: CallOptions): Promise<BrowserResources> {
    return this.#transport.json<BrowserResources>({ method: 'GET', path: this.#pathOf('resources') }, options);
  }

  /**
   * The same every two seconds, until the browser has ended.
   *
   * @example
   * for await (const { memoryBytes, cpuSeconds } of browser.followResources()) console.log(memoryBytes, cpuSeconds);
   */
  async *followResources({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<BrowserResources, void> {
    const either = eitherSignal(this.#transport.signal, signal);
    try {
      const options = { silenceTimeoutMs: SILENCE_TIMEOUT_MS, signal: either.signal };
      yield* streamOf<BrowserResources>(this.#transport, { path: this.#pathOf('resources') }, options);
    } finally {
      either.dispose();
    }
  }

  /** Stops keeping the browser open; its idle limit runs from now on. */
  release(): void {
    this.#keepAlive?.stop();
  }

  /**
   * Saves the state to the profile that this browser was opened with (`persist: true`), while its pages go on. The server does so by
   * itself every few minutes and when the browser ends, however it ends.
   *
   * @throws CarrelApiError `conflict` when the browser has no profile to save to
   */
  async checkpoint(options?: CallOptions): Promise<ProfileVersion> {
    // Done twice, it saves the same twice.
    const saved = await this.#transport.json<ProfileVersion>(this.#post('checkpoint', undefined, { isRepeatable: true }), options);
    const { profile } = this.#info;
    if (profile) this.#info = { ...this.#info, profile: { ...profile, savedVersion: saved.version, error: null } };
    return saved;
  }

  /**
   * Closes the browser, and gives it as it ended; `profile.savedVersion` is what was saved of it. Closing one that has ended does nothing.
   *
   * @throws CarrelUnsavedError when it has ended, but was not saved to the profile that it was to `persist`: also at the end of
   * `await using`, so that no login is lost without a word, but only once.
   */
  async close(options?: CallOptions): Promise<BrowserInfo> {
    this.release();
    const info = this.#learn(await this.#transport.json<BrowserInfo>({ method: 'DELETE', path: this.#pathOf() }, options));
    this.#isEnded = true;
    return savedOrThrow(info);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isEnded) await this.close();
  }

  /** What the server says, without the secret `cdpUrl`: so that a browser that is logged gives nothing away. */
  toJSON(): Omit<BrowserInfo, 'cdpUrl'> {
    const { cdpUrl: _secret, ...rest } = this.#info;
    return rest;
  }

  #pathOf(...parts: string[]): string {
    return Transport.pathOf('v1', 'browsers', this.#info.id, ...parts);
  }

  #post(part: string, json: unknown, more: Partial<Request>): Request {
    return { method: 'POST', path: this.#pathOf(part), json, ...more };
  }

  /** A POST that changes nothing, so that it may be repeated. */
  #read(part: string, request: { timeoutMs?: number }): Request {
    return this.#post(part, request, { isRepeatable: true, serverTimeMs: request.timeoutMs });
  }

  async #update(change: UpdateBrowserRequest, options?: CallOptions): Promise<BrowserInfo> {
    return this.#learn(await this.#transport.json<BrowserInfo>({ method: 'PATCH', path: this.#pathOf(), json: change }, options));
  }

  /** Keeps the cdpUrl when an answer leaves it out although the browser runs. */
  #learn(info: BrowserInfo): BrowserInfo {
    const { cdpUrl } = this.#info;
    this.#info = info.status === 'running' && cdpUrl !== undefined ? { cdpUrl, ...info } : info;
    return this.#info;
  }
}
