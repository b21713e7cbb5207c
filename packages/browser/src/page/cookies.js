import { CarrelError } from '@carrel/protocol';
import { CdpError } from '../cdp/index.js';
/** All cookies of the browser. */
export async function getCookies(session) {
    const { cookies } = await session.send('Storage.getCookies', {});
    return cookies.map(({ name, value, domain, path, expires, httpOnly, secure, sameSite }) => ({
        name,
        value,
        domain,
        path,
        expires,
        httpOnly,
        secure,
        ...(sameSite === undefined ? {} : { sameSite }),
    }));
}
/**
 * Sets cookies; others stay. All or none: Chromium takes them as one.
 * @throws {CarrelError} `invalid_request` when Chromium refuses one
 */
export async function setCookies(session, cookies) {
    try {
        await session.send('Storage.setCookies', { cookies: cookies.map(toParam) });
    }
    catch (cause) {
        if (!(cause instanceof CdpError))
            throw cause;
        const names = cookies.map(({ name }) => name);
        const hint = 'check that domain, path, secure, sameSite and the name’s prefix (__Host-, __Secure-) go together';
        throw new CarrelError('invalid_request', `Chromium refused the cookies (${cause.message}): ${hint}.`, { details: { names }, cause });
    }
}
function toParam({ expires, ...cookie }) {
    const isSession = expires === undefined || expires === -1;
    return {
        ...withoutUndefined(cookie),
        name: cookie.name,
        value: cookie.value,
        ...(cookie.url === undefined && cookie.path === undefined ? { path: '/' } : {}),
        ...(isSession ? {} : { expires }),
    };
}
/** Optional properties that are there without a value are left out: the protocol wants them absent. */
function withoutUndefined(value) {
    return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined));
}
//# sourceMappingURL=cookies.js.map