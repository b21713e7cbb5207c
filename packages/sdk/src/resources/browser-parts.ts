import { type Bytes, type CallOptions, type CreateOptions, type Request, Transport } from '../http/transport.js';
import type { BrowserFile, Cookie, CookieToSet, Tab } from '../types.js';
import type { Page } from './page-list.js';

/** Cookies of one browser. */
export class BrowserCookies {
  readonly #transport: Transport;
  readonly #path: string;

  /** @internal */
  constructor(transport: Transport, browserId: string) {
    this.#transport = transport;
    this.#path = Transport.pathOf('v1', 'browsers', browserId, 'cookies');
  }

  /** All cookies, of every site. */
  async get(options?: CallOptions): Promise<Cookie[]> {
    return (await this.#transport.json<{ cookies: Cookie[] }>({ method: 'GET', path: this.#path }, options)).cookies;
  }

  /** Sets cookies and returns all there are then; others stay. */
  async set(cookies: CookieToSet[], options?: CallOptions): Promise<Cookie[]> {
    const request: Request = { method: 'PUT', path: this.#path, json: { cookies } };
    return (await this.#transport.json<{ cookies: Cookie[] }>(request, options)).cookies;
  }
}

/** Tabs of one browser. They share its storage. */
export class BrowserTabs {
  readonly #transport: Transport;
  readonly #browserId: string;
  readonly #path: string;

  /** @internal */
  constructor(transport: Transport, browserId: string) {
    this.#transport = transport;
    this.#browserId = browserId;
    this.#path = Transport.pathOf('v1', 'browsers', browserId, 'tabs');
  }

  /** The tabs, in order of opening. */
  async list(options?: CallOptions): Promise<Tab[]> {
    return (await this.#transport.json<Page<Tab>>({ method: 'GET', path: this.#path }, options)).data;
  }

  /** Opens a tab, at a URL or empty, and makes it the active one. */
  open(url?: string, options: CreateOptions = {}): Promise<Tab> {
    const { idempotencyKey } = options;
    return this.#transport.json<Tab>(
      { method: 'POST', path: this.#path, json: { ...(url !== undefined && { url }) }, idempotencyKey },
      options,
    );
  }

  /** Closes a tab. */
  close(tabId: string, options?: CallOptions): Promise<void> {
    return this.#transport.none({ method: 'DELETE', path: Transport.pathOf('v1', 'browsers', this.#browserId, 'tabs', tabId) }, options);
  }
}

/** Files of one browser: those you put there for pages to upload, and those that pages downloaded. */
export class BrowserFiles {
  readonly #transport: Transport;
  readonly #browserId: string;

  /** @internal */
  constructor(transport: Transport, browserId: string) {
    this.#transport = transport;
    this.#browserId = browserId;
  }

  #pathOf(...name: string[]): string {
    return Transport.pathOf('v1', 'browsers', this.#browserId, 'files', ...name);
  }

  /** Uploads, and downloads that have finished. */
  async list(options?: CallOptions): Promise<BrowserFile[]> {
    return (await this.#transport.json<Page<BrowserFile>>({ method: 'GET', path: this.#pathOf() }, options)).data;
  }

  /**
   * Puts a file there, for an action of type `upload` to name. Replaces one of the same name.
   *
   * @example
   * await browser.files.put('cv.txt', 'I read a lot.');
   * await browser.execute({ type: 'upload', selector: 'input[type=file]', files: ['cv.txt'] });
   */
  put(name: string, content: Bytes | string, options?: CallOptions): Promise<BrowserFile> {
    // A string would be sent with a content type of its own; bytes take ours.
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    return this.#transport.json<BrowserFile>({ method: 'PUT', path: this.#pathOf(name), bytes }, options);
  }

  /** The content of a file. */
  get(name: string, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.#transport.bytes({ method: 'GET', path: this.#pathOf(name), headers: { accept: 'application/octet-stream' } }, options);
  }

  /** Deletes a file. */
  delete(name: string, options?: CallOptions): Promise<void> {
    return this.#transport.none({ method: 'DELETE', path: this.#pathOf(name) }, options);
  }
}
