import { FAILURE_HEADER } from './error-page.js';
/** RFC 9110, section 7.6.1, and what browsers say to proxies alone. */
const HOP_BY_HOP = new Set([
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authentication-info',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
]);
/**
 * The headers of a request as the site is to see them: in the browser's order and spelling, which sites look at, without those that were
 * for this proxy. Where the browser spoke of its connection to the proxy it now speaks of that to the site.
 *
 * @param raw names and values in turn, as `IncomingMessage.rawHeaders` has them
 * @param host what the URL says, whatever the Host header said (RFC 9112, section 3.2.2)
 */
export function requestHeaders(raw, host) {
    const dropped = namedByConnection(raw);
    const headers = [];
    let hasHost = false;
    for (const [name, value] of pairs(raw)) {
        const lower = name.toLowerCase();
        if (lower === 'host') {
            if (!hasHost)
                headers.push(name, host);
            hasHost = true;
        }
        else if (lower === 'proxy-connection')
            headers.push('Connection', 'keep-alive');
        else if (lower === 'transfer-encoding')
            headers.push(name, 'chunked');
        // A browser does not ask before it sends; node answers others at once.
        else if (!HOP_BY_HOP.has(lower) && !dropped.has(lower) && lower !== 'expect')
            headers.push(name, value);
    }
    return hasHost ? headers : ['Host', host, ...headers];
}
const OURS = new Set([...HOP_BY_HOP, FAILURE_HEADER]);
/** The headers of an answer, as they came, without those that are this proxy's to write. */
export function responseHeaders(raw) {
    const dropped = namedByConnection(raw);
    return pairs(raw)
        .filter(([name]) => !OURS.has(name.toLowerCase()) && !dropped.has(name.toLowerCase()))
        .flat();
}
function namedByConnection(raw) {
    const named = pairs(raw)
        .filter(([name]) => /^(proxy-)?connection$/i.test(name))
        .flatMap(([, value]) => value.split(','))
        .map((name) => name.trim().toLowerCase());
    // What says how long the body is cannot be taken out: the next message would begin elsewhere for each side.
    return new Set(named.filter((name) => name !== 'content-length' && name !== 'transfer-encoding' && name !== 'host'));
}
const pairs = (raw) => Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? '']);
//# sourceMappingURL=headers.js.map