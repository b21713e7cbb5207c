import { parseProxyUrl, splitPatterns } from '@carrel/protocol';
import { HostPattern } from './rules.js';
import { authorityOf } from './target.js';
/** An exit that has failed is left alone for so long, as far as there are others. */
const REST_MS = 30_000;
const PROTOCOLS = {
    'http:': { protocol: 'http', port: 80 },
    'https:': { protocol: 'https', port: 443 },
    // Either way it is the proxy that resolves names.
    'socks5:': { protocol: 'socks5', port: 1080 },
    'socks5h:': { protocol: 'socks5', port: 1080 },
};
/** An upstream proxy, and how it has been doing. One of the pool is shared by all browsers that leave by it. */
export class UpstreamProxy {
    protocol;
    address;
    username;
    password;
    weight;
    info;
    #bypass;
    #restsUntil = 0;
    constructor(parsed, options) {
        this.protocol = parsed.protocol;
        this.address = parsed.address;
        this.username = parsed.username;
        this.password = parsed.password;
        this.#bypass = splitPatterns(options.bypass).map((text) => new HostPattern(text));
        this.weight = options.weight;
        this.info = options.info;
    }
    /** One that the caller named. @throws {TypeError} when its URL is none */
    static ofRequest({ server, username = '', password = '', bypass = '' }) {
        const parsed = parse(server);
        const info = { ...NOWHERE, source: 'request', server: `${parsed.protocol}://${authorityOf(parsed.address)}` };
        return new UpstreamProxy({ ...parsed, username, password }, { bypass, weight: 1, info });
    }
    /** One of the operator's. @throws {TypeError} when its URL is none */
    static ofPool({ url, country, city, tags = [], weight = 1 }) {
        const info = { ...NOWHERE, source: 'pool', country: country?.toUpperCase() ?? null, city: city ?? null, tags: [...tags] };
        return new UpstreamProxy(parse(url), { bypass: '', weight, info });
    }
    /** The operator's own, which may be on a private network. */
    get isTrusted() {
        return this.info.source === 'pool';
    }
    get hasCredentials() {
        return this.username !== '' || this.password !== '';
    }
    /** The value of Proxy-Authorization (RFC 7617). */
    get authorization() {
        return this.hasCredentials ? `Basic ${Buffer.from(`${this.username}:${this.password}`).toString('base64')}` : undefined;
    }
    isBypassed(target) {
        return this.#bypass.some((pattern) => pattern.matches(target));
    }
    get isResting() {
        return performance.now() < this.#restsUntil;
    }
    markFailed() {
        this.#restsUntil = performance.now() + REST_MS;
    }
}
const NOWHERE = {
    type: 'proxy',
    server: null,
    addresses: [],
    country: null,
    city: null,
    tags: [],
};
function parse(text) {
    const url = parseProxyUrl(text);
    const known = url === undefined ? undefined : PROTOCOLS[url.protocol];
    // The text is not in the message: it may hold a password.
    if (url === undefined || known === undefined)
        throw new TypeError('the URL of a proxy is http://, https:// or socks5://, a host and a port');
    return {
        protocol: known.protocol,
        // The URL Standard leaves hosts of schemes that it does not know as they were written.
        address: { host: new URL(`http://${url.hostname}`).hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || known.port },
        username: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
    };
}
//# sourceMappingURL=upstream-proxy.js.map