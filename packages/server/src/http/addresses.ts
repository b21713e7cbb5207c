import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { CarrelError } from '@carrel/protocol';
import type { Settings } from '../settings/index.js';

/** The addresses that the server goes by: what links are made from, and which Host and Origin headers are its own. */
export class Addresses {
  readonly #allowedOrigins: ReadonlySet<string>;
  readonly #names: ReadonlySet<string>;
  /** Base of all links: `CARREL_PUBLIC_URL`, or where the server listens. Never made from a Host header. Without a slash at the end. */
  readonly publicUrl: string;
  /** Where it listens, for what runs in its own process. Without a slash at the end. */
  readonly ownUrl: string;

  constructor(settings: Pick<Settings, 'host' | 'publicUrl' | 'allowedOrigins'>, port: number) {
    this.ownUrl = `http://${urlHost(settings.host)}:${port}`;
    this.publicUrl = (settings.publicUrl ?? this.ownUrl).replace(/\/+$/, '');
    const publicHost = new URL(this.publicUrl).hostname;
    this.#names = new Set(['localhost', publicHost, settings.host].map((name) => name.toLowerCase()));
    this.#allowedOrigins = new Set([new URL(this.publicUrl).origin, `http://localhost:${port}`, ...settings.allowedOrigins]);
  }

  /** The same with `ws:` or `wss:`. */
  get webSocketUrl(): string {
    return this.publicUrl.replace(/^http/, 'ws');
  }

  /**
   * Guards against DNS rebinding: a page whose own name was pointed at this server sends that name as Host. An IP address cannot be
   * re-pointed, so that any is fine.
   * @throws {CarrelError} `forbidden_host`
   */
  checkHost(header: string | undefined): void {
    const host = URL.canParse(`http://${header}`) ? new URL(`http://${header}`).hostname.toLowerCase() : '';
    if (host !== '' && (isIP(host.replace(/^\[|\]$/g, '')) !== 0 || this.#names.has(host))) return;
    throw new CarrelError(
      'forbidden_host',
      `This server does not answer for the host ${JSON.stringify(header ?? '')}; set CARREL_PUBLIC_URL to the URL it is reached by.`,
    );
  }

  /**
   * Guards against cross-site WebSockets: browsers let any page open one, but say which page does. Programs send no Origin.
   * @throws {CarrelError} `forbidden_origin`
   */
  checkOrigin(header: string | undefined): void {
    if (header === undefined || this.isAllowedOrigin(header)) return;
    throw new CarrelError(
      'forbidden_origin',
      `Pages of ${JSON.stringify(header)} may not connect; CARREL_ALLOWED_ORIGINS names those that may.`,
    );
  }

  /**
   * Guards what a browser does with a cookie, which it sends for whichever page asks: pages of our own site under other ports are not kept
   * from it by `SameSite`. A browser says which page it is (https://fetch.spec.whatwg.org/#origin-header), and no page can make it say another.
   * `Host` was checked before, and the page that came from there is ours.
   * @throws {CarrelError} `forbidden_origin`
   */
  checkOwnOrigin({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): void {
    const { protocol } = new URL(this.publicUrl);
    const own = [new URL(this.publicUrl).origin, `${protocol}//${host}`];
    if (origin === undefined ? site === 'same-origin' : own.includes(origin)) return;
    throw new CarrelError('forbidden_origin', 'With the cookie of the dashboard only its own page may do this. Programs send an API key.');
  }

  isAllowedOrigin(origin: string): boolean {
    return this.#allowedOrigins.has(origin);
  }
}

/** How a listening address is written in a URL: addresses that mean "all" become the loopback one, IPv6 gets brackets. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIP(host) === 6 ? `[${host}]` : host;
}
