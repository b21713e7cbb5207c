import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { CarrelError, type CreateLiveLinkRequest, type LiveLink, type LiveScope, newId } from '@carrel/protocol';
import type { OpenBrowser } from '../browsers/open-browser.js';
import type { Addresses } from '../http/addresses.js';
import { hashSecret } from '../store/index.js';

const TOKEN_BYTES = 32;
const SECOND_MS = 1000;
/** Of one browser. Each costs a timer and some memory, and a caller in a loop would make them without end. */
const MAX_LINKS = 100;

/** Why a link is good no more. `done`: what its person was asked to do is over; they are told `parting`, 123 bytes at most. */
export type LinkEnd = { readonly how: 'revoked' | 'expired' | 'ended' } | { readonly how: 'done'; readonly parting: string };

/** A link that is good, until `signal` fires with a {@link LinkEnd}. */
export interface GoodLink {
  readonly id: string;
  readonly scope: LiveScope;
  readonly browser: OpenBrowser;
  /** The id of the API key that asked for it; null: the server made it by itself. */
  readonly madeBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly signal: AbortSignal;
}

interface KeptLink extends GoodLink {
  readonly tokenHash: string;
  readonly controller: AbortController;
  readonly timer: NodeJS.Timeout;
}

/**
 * The live links of the browsers of this server. They are kept in memory, as their browsers are: a link is good for one browser, on the server
 * that has it, and ends with it at the latest. Of a token only its hash is kept.
 */
export class LiveLinks implements Disposable {
  readonly #addresses: () => Pick<Addresses, 'publicUrl'>;
  readonly #links = new Map<string, KeptLink>();
  readonly #byToken = new Map<string, KeptLink>();

  constructor(addresses: () => Pick<Addresses, 'publicUrl'>) {
    this.#addresses = addresses;
  }

  /**
   * Makes a link for a browser that runs. @returns the link and its URL, a secret that is told this once
   * @throws {CarrelError} `browser_not_running`; `conflict` when the browser has as many as it may
   */
  create(
    browser: OpenBrowser,
    { scope, ttlSeconds }: CreateLiveLinkRequest,
    madeBy: string | null = null,
  ): { link: GoodLink; url: string } {
    const { status } = browser.engine;
    if (status !== 'running') throw new CarrelError('browser_not_running', `Browser ${browser.id} is ${status}.`, { details: { status } });
    if (this.list(browser).length >= MAX_LINKS) {
      throw new CarrelError(
        'conflict',
        `Browser ${browser.id} has ${MAX_LINKS} live links, as many as it may: revoke those that nobody needs.`,
      );
    }
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    const createdAt = new Date();
    const controller = new AbortController();
    setMaxListeners(0, controller.signal); // one for each who watches
    const link: KeptLink = {
      id: newId('liveLink'),
      scope,
      browser,
      madeBy,
      createdAt,
      expiresAt: new Date(createdAt.getTime() + ttlSeconds * SECOND_MS),
      signal: controller.signal,
      tokenHash: hashOf(token),
      controller,
      timer: setTimeout(() => this.#end(link, { how: 'expired' }), ttlSeconds * SECOND_MS).unref(),
    };
    this.#links.set(link.id, link);
    this.#byToken.set(link.tokenHash, link);
    browser.tell('live.link_created', { linkId: link.id, scope, expiresAt: link.expiresAt.toISOString() });
    void browser.engine.ending.then(() => this.#end(link, { how: 'ended' }));
    return { link, url: `${this.#addresses().publicUrl}/live/${token}` };
  }

  /** Those of a browser, newest first. */
  list(browser: OpenBrowser): GoodLink[] {
    return [...this.#links.values()].filter((link) => link.browser === browser).reverse();
  }

  /** The link with that token; undefined: none is good. */
  find(token: string): GoodLink | undefined {
    return this.#byToken.get(hashOf(token));
  }

  /** Ends what is open through it. @throws {CarrelError} `not_found` */
  revoke(browser: OpenBrowser, id: string): void {
    const link = this.#links.get(id);
    if (link?.browser !== browser) throw new CarrelError('not_found', `Browser ${browser.id} has no live link ${id}, or it is over.`);
    this.#end(link, { how: 'revoked' });
    browser.tell('live.link_revoked', { linkId: id });
  }

  /** Ends what is open through it, with a word for its person; nothing when it is over. @param parting 123 bytes at most */
  finish({ id }: GoodLink, parting: string): void {
    const link = this.#links.get(id);
    if (link !== undefined) this.#end(link, { how: 'done', parting });
  }

  [Symbol.dispose](): void {
    for (const link of [...this.#links.values()]) this.#end(link, { how: 'ended' });
  }

  #end(link: KeptLink, end: LinkEnd): void {
    clearTimeout(link.timer);
    this.#links.delete(link.id);
    this.#byToken.delete(link.tokenHash);
    link.controller.abort(end);
  }
}

const hashOf = (token: string) => hashSecret(token).toString('base64');

/** As the API shows it. */
export const toLiveLink = ({ id, scope, browser, createdAt, expiresAt }: GoodLink, url?: string): LiveLink => ({
  id,
  browserId: browser.id,
  scope,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
  ...(url === undefined ? {} : { url }),
});
