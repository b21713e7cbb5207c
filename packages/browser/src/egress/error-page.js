import { STATUS_CODES } from 'node:http';
import { NETWORK_FAILURES } from '@carrel/protocol';
/** Says which rule or failure it was, to programs. No site can say so: its own header of this name is not passed on. */
export const FAILURE_HEADER = 'x-carrel-network-failure';
/**
 * Why the proxy answered in place of a site; undefined when the site answered. Of plain HTTP only: of other answers it sees nothing.
 * @param headers by their names in lower case
 */
export function failureInAnswer(url, headers) {
    const code = headers[FAILURE_HEADER];
    return url.startsWith('http:') && code !== undefined && Object.hasOwn(NETWORK_FAILURES, code) ? code : undefined;
}
/** What a page sees instead of an answer. */
export function errorPage({ code, status, message, isRefusal }) {
    const title = isRefusal ? 'Not allowed from this browser' : 'No answer';
    const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:38em;margin:15vh auto;padding:0 1em;color-scheme:light dark}code{opacity:.7}</style>
<h1>${title}</h1><p>${escapeHtml(message)}</p><p><code>${code}</code> · Carrel</p></html>
`;
    const headers = [
        'Content-Type',
        'text/html; charset=utf-8',
        'Content-Length',
        String(Buffer.byteLength(body)),
        'Cache-Control',
        'no-store',
        // It stands at a site's URL, but is not the site's: it may do nothing there.
        'Content-Security-Policy',
        "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        FAILURE_HEADER,
        code,
    ];
    return { status, headers, body };
}
/** The answer to a CONNECT that was not granted; browsers show a page of their own for it. */
export function tunnelRefusal({ code, status, message }) {
    const body = `${message}\n`;
    return [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        'Content-Type: text/plain; charset=utf-8',
        `Content-Length: ${Buffer.byteLength(body)}`,
        'Connection: close',
        `${FAILURE_HEADER}: ${code}`,
        '',
        body,
    ].join('\r\n');
}
const escapeHtml = (text) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
//# sourceMappingURL=error-page.js.map