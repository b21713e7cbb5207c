import type { Protocol } from 'devtools-protocol';
import { CdpError, type CdpSession } from '../cdp/index.js';
import type { KeptCookie } from './state.js';

/** What makes a cookie the same one. */
export const cookieKey = ({ name, domain, path, partitionKey }: Pick<KeptCookie, 'name' | 'domain' | 'path' | 'partitionKey'>) =>
  JSON.stringify([name, domain, path, partitionKey?.topLevelSite ?? null, partitionKey?.hasCrossSiteAncestor ?? null]);

/** All cookies of a browser, with when they changed as far as `before` tells. */
export async function takeCookies(session: CdpSession, before: readonly KeptCookie[], nowMs: number): Promise<KeptCookie[]> {
  const { cookies } = await session.send('Storage.getCookies', {});
  const known = new Map(before.map((cookie) => [cookieKey(cookie), cookie]));
  return cookies.map((cookie) => {
    const kept = toKept(cookie, nowMs);
    const old = known.get(cookieKey(kept));
    return old !== undefined && isSame(old, kept) ? { ...kept, changedAtMs: old.changedAtMs } : kept;
  });
}

function toKept(cookie: Protocol.Network.Cookie, changedAtMs: number): KeptCookie {
  const { name, value, domain, path, expires, httpOnly, secure, sameSite, priority, sourceScheme, sourcePort, partitionKey } = cookie;
  return {
    name,
    value,
    domain,
    path,
    expires,
    httpOnly,
    secure,
    ...(sameSite === undefined ? {} : { sameSite }),
    priority,
    sourceScheme,
    sourcePort,
    ...(partitionKey === undefined ? {} : { partitionKey }),
    changedAtMs,
  };
}

const isSame = ({ changedAtMs: _, ...one }: KeptCookie, { changedAtMs: __, ...other }: KeptCookie) =>
  JSON.stringify(Object.entries(one).toSorted()) === JSON.stringify(Object.entries(other).toSorted());

/** Puts cookies into a browser; returns the names of those that Chromium refuses, as when they have expired meanwhile. */
export async function bringCookies(session: CdpSession, cookies: readonly KeptCookie[]): Promise<string[]> {
  if (cookies.length === 0) return [];
  const params = cookies.map(toParam);
  const isSet = await set(session, params);
  if (isSet) return [];
  // Chromium takes all or none: which one it does not like it does not say.
  const refused: string[] = [];
  for (const cookie of params) {
    if (!(await set(session, [cookie]))) refused.push(cookie.name);
  }
  return refused;
}

async function set(session: CdpSession, cookies: Protocol.Network.CookieParam[]): Promise<boolean> {
  try {
    await session.send('Storage.setCookies', { cookies });
    return true;
  } catch (error) {
    if (error instanceof CdpError) return false;
    throw error;
  }
}

function toParam({ changedAtMs: _, expires, ...cookie }: KeptCookie): Protocol.Network.CookieParam {
  return { ...cookie, ...(expires === -1 ? {} : { expires }) };
}
