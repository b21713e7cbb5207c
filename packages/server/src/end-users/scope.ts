import type { Item, StoredLogin } from './items.js';

/**
 * Whose signed-in state is kept: of the sites that the caller has given credentials of. What a turn has come by adds nothing to it.
 */
export class Scope {
  /** Origins that are named. */
  readonly #origins = new Set<string>();
  /** Hosts whose cookies are theirs; `isWide`: those of all below them too. */
  readonly #hosts: { host: string; isWide: boolean }[] = [];
  /** Hosts of which every origin is meant, as cookies know neither ports nor schemes. */
  readonly #cookieHosts: { host: string; isWide: boolean }[] = [];

  constructor(items: Iterable<Item>) {
    for (const item of items) {
      if (item.kind === 'login') this.#addLogin(item.value);
      else if (item.value.isGiven && item.kind === 'cookie') this.#addCookieHost(item.value.cookie.domain);
      else if (item.value.isGiven && item.kind === 'origin') this.#addOrigin(item.value.state.origin, false);
    }
  }

  /** Whether there may be a cookie that it has. */
  get hasHosts(): boolean {
    return this.#hosts.length > 0;
  }

  /** Whether a cookie is sent to a host with a credential, or belongs to one below a host that is meant with all below it. */
  hasCookie({ domain }: { domain: string }): boolean {
    const host = domain.replace(/^\./, '');
    const isWide = domain.startsWith('.');
    return this.#hosts.some((own) => own.host === host || (own.isWide && isBelow(host, own.host)) || (isWide && isBelow(own.host, host)));
  }

  /** Whether there may be an origin that it has. */
  get hasOrigins(): boolean {
    return this.#origins.size + this.#cookieHosts.length > 0;
  }

  hasOrigin(origin: string): boolean {
    if (this.#origins.has(origin)) return true;
    const { hostname, protocol } = new URL(origin);
    if (protocol !== 'https:' && !isLoopback(hostname)) return false;
    return this.#cookieHosts.some(({ host, isWide }) => host === hostname || (isWide && isBelow(hostname, host)));
  }

  has(item: Item): boolean {
    if (item.kind === 'login') return true;
    return item.kind === 'cookie' ? this.hasCookie(item.value.cookie) : this.hasOrigin(item.value.state.origin);
  }

  #addLogin(login: StoredLogin): void {
    for (const origin of originsOf(login)) this.#addOrigin(origin, login.includeSubdomains === true && origin === mainOriginOf(login));
    if (login.includeSubdomains === true) this.#cookieHosts.push({ host: new URL(mainOriginOf(login)).hostname, isWide: true });
  }

  #addOrigin(origin: string, isWide: boolean): void {
    this.#origins.add(origin);
    this.#hosts.push({ host: new URL(origin).hostname, isWide });
  }

  #addCookieHost(domain: string): void {
    const own = { host: domain.replace(/^\./, ''), isWide: domain.startsWith('.') };
    this.#hosts.push(own);
    this.#cookieHosts.push(own);
  }
}

/** `domain` as an origin. */
const mainOriginOf = ({ domain }: StoredLogin) => new URL(`https://${domain}`).origin;

/** The origins that a login names. */
export const originsOf = (login: StoredLogin): string[] => [...new Set([mainOriginOf(login), ...(login.origins ?? [])])];

/** Whether a login may be filled in on pages of an origin. */
export function belongsTo(login: StoredLogin, origin: string): boolean {
  if (originsOf(login).includes(origin)) return true;
  if (login.includeSubdomains !== true || !origin.startsWith('https://') || !URL.canParse(origin)) return false;
  const [main, other] = [new URL(mainOriginOf(login)), new URL(origin)];
  return other.port === main.port && isBelow(other.hostname, main.hostname);
}

/** An address has nothing below it, whatever its text ends in. */
const isBelow = (host: string, above: string) => host.endsWith(`.${above}`) && !/^[\d.]+$|:/.test(host);
const isLoopback = (host: string) => host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
