/** A request that cannot be answered as it is. */
export class BadRequest extends Error {
    name = 'BadRequest';
    status;
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}
export const COOKIE = 'marginalia-visit';
const MAX_FORM_BYTES = 64 * 1024;
/** The value of our cookie, if the request has it. */
export function visitIdOf(request) {
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
    return pairs.find(([name]) => name === COOKIE)?.[1];
}
/** @throws {BadRequest} when it is no form, or one too large */
export async function readForm(request) {
    if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) {
        throw new BadRequest(415, 'The shop takes forms (application/x-www-form-urlencoded).');
    }
    const chunks = [];
    let bytes = 0;
    for await (const chunk of request) {
        bytes += chunk.length;
        if (bytes > MAX_FORM_BYTES)
            throw new BadRequest(413, `A form may have at most ${MAX_FORM_BYTES} bytes.`);
        chunks.push(chunk);
    }
    return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
/** Where to go after signing in: a path of this shop, whatever the query says. */
export function localPath(path) {
    if (path === null || !path.startsWith('/'))
        return '/';
    // `//host` and `/\host` lead elsewhere; parsing against a base shows it.
    const base = 'http://shop.invalid';
    const url = URL.canParse(path, base) ? new URL(path, base) : undefined;
    return url?.origin === base ? `${url.pathname}${url.search}` : '/';
}
//# sourceMappingURL=http.js.map