import { CarrelError, type Cookie, type CookieToSet } from '@carrel/protocol';
import type { Protocol } from 'devtools-protocol';
import { CdpError, type CdpSession } from '../cdp/index.js';
import { untilAborted } from './until-aborted.js';

/** A cookie to set, perhaps as that of a site within another (CHIPS). */
export type PartitionedCookie = CookieToSet & { partitionKey?: Protocol.Network.CookiePartitionKey };

/** A cookie of the browser, with the site that it is in the partition of. */
export type ReadCookie = Cookie & { partitionKey?: Protocol.Network.CookiePartitionKey };

/** All cookies of the browser. @throws `page_unresponsive` when it stands still, the reason of `signal` as soon as it fires */
export async function readCookies(session: CdpSession, signal?: AbortSignal): Promise<ReadCookie[]> {
  const { cookies } = await untilAborted(session.send('Storage.getCookies', {}), signal);
  return cookies.map(({ name, value, domain, path, expires, httpOnly, secure, sameSite, partitionKey }) => ({
    name,
    value,
    domain,
    path,
    expires,
    httpOnly,
    secure,
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(partitionKey === undefined ? {} : { partitionKey }),
  }));
}

/** The same, without their partitions. */
export async function getCookies(session: CdpSession): Promise<Cookie[]> {
  return (await readCookies(session)).map(({ partitionKey: _, ...cookie }) => cookie);
}

/**
 * Sets cookies; others stay. All or none: Chromium takes them as one.
 * @throws {CarrelError} `invalid_request` when Chromium refuses one
 */
export async function setCookies(session: CdpSession, cookies: readonly PartitionedCookie[]): Promise<void> {
  // These Chromium forgets without a word (https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis-20#section-5.7).
  const forgotten = cookies.filter(({ sameSite, secure }) => sameSite === 'None' && secure !== true).map(({ name }) => name);
  if (forgotten.length > 0) {
    const message = `The cookie ${JSON.stringify(forgotten[0])} is of sameSite "None" and not secure: Chromium keeps no such cookie.`;
    throw new CarrelError('invalid_request', message, { details: { names: forgotten } });
  }
  try {
    await session.send('Storage.setCookies', { cookies: cookies.map(toParam) });
  } catch (cause) {
    if (!(cause instanceof CdpError)) throw cause;
    const names = cookies.map(({ name }) => name);
    const hint = 'check that domain, path, secure, sameSite and the name’s prefix (__Host-, __Secure-) go together';
    throw new CarrelError('invalid_request', `Chromium refused the cookies (${cause.message}): ${hint}.`, { details: { names }, cause });
  }
}

function toParam({ expires, ...cookie }: PartitionedCookie): Protocol.Network.CookieParam {
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
function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
