const AUTHORITY = /^(?<host>\[[0-9a-f:.]+\]|[^\s:/?#@\\[\]]+):(?<port>\d{1,5})$/i;
/** Reads what follows CONNECT. Undefined when it is not exactly a host and a port. */
export function parseAuthority(text) {
    const { host, port } = AUTHORITY.exec(text)?.groups ?? {};
    if (host === undefined || !URL.canParse(`http://${host}/`))
        return undefined;
    return targetOf(new URL(`http://${host}/`), Number(port));
}
/** Reads the target of a plain request, which a proxy is sent in full (RFC 9112, section 3.2.2). Undefined when it is no http: URL. */
export function parseHttpUrl(text) {
    if (!/^http:\/\/[^/]/i.test(text) || /\s/.test(text) || !URL.canParse(text))
        return undefined;
    const url = new URL(text);
    const target = url.username === '' && url.password === '' ? targetOf(url, url.port === '' ? 80 : Number(url.port)) : undefined;
    return target === undefined ? undefined : { target, url };
}
/** RFC 1035, section 2.3.4. */
const MAX_HOST_CHARS = 253;
/**
 * The URL parser has read every spelling of an IPv4 address (`0x7f.1`, `017700000001`, `127.1`) as the address that it is (URL Standard,
 * "IPv4 parser"), and refused names that end like one and are none: what is looked at from here on is what is connected to.
 */
function targetOf(url, port) {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    return host === '' || host.length > MAX_HOST_CHARS || port < 1 || port > 65_535 ? undefined : { host, port };
}
/** As it is written in a CONNECT request or a Host header. */
export const authorityOf = ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`;
//# sourceMappingURL=target.js.map