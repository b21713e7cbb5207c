import { type CallOptions, type CreateOptions, newIdempotencyKey, Transport } from '../http/transport.js';
import type { BrowserInfo, CreateLiveLinkRequest, ListBrowsersQuery, LiveLink, OpenBrowserRequest } from '../types.js';
import { Browser } from './browser.js';
import { PageList } from './page-list.js';
import { savedOrThrow } from './saved-or-throw.js';

export interface KeepAliveOptions {
  /** Renew the browser's time limits for as long as this program holds it, up to the operator's cap. */
  keepAlive?: boolean;
}

/** The browsers of the project. */
export class Browsers {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Opens a browser. It is kept open until it is closed or this program ends; `keepAlive: false` leaves it to its time limits.
   *
   * Without an `idempotencyKey` this is tried again only where it is certain that no browser was opened: a browser whose answer was lost
   * on the way closes by its idle limit.
   *
   * @example
   * await using browser = await client.browsers.open({ idleTimeoutSeconds: 60, metadata: { customer: '42' } });
   * @example
   * // Starts as the profile was left, and saves to it when it closes; when another browser does so too, waits for it up to 30 s.
   * await using browser = await client.browsers.open({ profile: { id: profile.id, persist: true }, waitMs: 30_000 });
   */
  async open(request: OpenBrowserRequest = {}, options: CreateOptions & KeepAliveOptions = {}): Promise<Browser> {
    const { idempotencyKey, keepAlive = true } = options;
    const info = await this.#transport.json<BrowserInfo>(
      { method: 'POST', path: '/v1/browsers', json: request, idempotencyKey, serverTimeMs: request.waitMs },
      options,
    );
    return new Browser(this.#transport, info, keepAlive);
  }

  /** A browser that is there already. It is left to its time limits, unless `keepAlive` is set. */
  async get(id: string, options: CallOptions & KeepAliveOptions = {}): Promise<Browser> {
    const info = await this.#transport.json<BrowserInfo>({ method: 'GET', path: Transport.pathOf('v1', 'browsers', id) }, options);
    return new Browser(this.#transport, info, (options.keepAlive ?? false) && info.status === 'running');
  }

  /** The browsers, newest first, ended ones included. */
  list(query: ListBrowsersQuery = {}, options: CallOptions = {}): PageList<BrowserInfo> {
    return new PageList<BrowserInfo>(this.#transport, { method: 'GET', path: '/v1/browsers', query }, options);
  }

  /**
   * Closes a browser by its id; with a profile that it is to `persist`, it is saved first. Closing one that has ended does nothing.
   *
   * @throws CarrelUnsavedError when it has ended, but was not saved
   */
  async close(id: string, options: CallOptions = {}): Promise<BrowserInfo> {
    const request = { method: 'DELETE', path: Transport.pathOf('v1', 'browsers', id) } as const;
    return savedOrThrow(await this.#transport.json<BrowserInfo>(request, options));
  }

  /**
   * Makes a link by which a person without an account sees a browser, or takes it over; its `url` is shown this once. While somebody has
   * control, actions wait. Retried safely: an idempotency key is made when none is given.
   *
   * @example
   * const { url } = await client.browsers.createLiveLink(browser.id, { scope: 'control', ttlSeconds: 15 * 60 });
   */
  createLiveLink(id: string, request: CreateLiveLinkRequest = {}, options: CreateOptions = {}): Promise<LiveLink> {
    const idempotencyKey = options.idempotencyKey ?? newIdempotencyKey();
    return this.#transport.json<LiveLink>({ method: 'POST', path: livePathOf(id), json: request, idempotencyKey }, options);
  }

  /** The links of a browser that are good, newest first, without their URLs. */
  listLiveLinks(id: string, options: CallOptions = {}): PageList<LiveLink> {
    return new PageList<LiveLink>(this.#transport, { method: 'GET', path: livePathOf(id), query: {} }, options);
  }

  /** Revokes a link; what is open through it ends at once. */
  revokeLiveLink(id: string, linkId: string, options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'DELETE', path: livePathOf(id, linkId) }, options);
  }
}

const livePathOf = (id: string, ...parts: string[]) => Transport.pathOf('v1', 'browsers', id, 'live', ...parts);
