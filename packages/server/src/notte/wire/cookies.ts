import type { ReadCookie } from '@carrel/browser';
import type { CookieToSet } from '@carrel/protocol';
import { z } from 'zod';

/** As Playwright and Chrome's extensions call it; undefined: the cookie does not say. */
const SAME_SITE: Readonly<Record<string, CookieToSet['sameSite']>> = {
  strict: 'Strict',
  lax: 'Lax',
  none: 'None',
  no_restriction: 'None',
  unspecified: undefined,
};

/** A cookie as Notte's clients write it: in the names of Playwright, or of Chrome's extensions. */
export const notteCookie = z.object({
  name: z.string().min(1).max(4096),
  value: z.string().max(4096),
  domain: z.string().min(1).max(255),
  path: z.string().startsWith('/').max(1024).default('/'),
  httpOnly: z.boolean().default(false),
  secure: z.boolean().nullish(),
  sameSite: z
    .string()
    .refine((text) => Object.hasOwn(SAME_SITE, text.toLowerCase()), 'must be one of "Strict", "Lax", "None"')
    .nullish(),
  expires: z.number().nullish(),
  expirationDate: z.number().nullish(),
  hostOnly: z.boolean().nullish(),
  session: z.boolean().nullish(),
  /** The site that it is a cookie of another in (CHIPS), such as `https://example.com`. */
  partitionKey: z
    .string()
    .max(2048)
    .refine((text) => URL.canParse(text) && /^https?:/.test(text), 'must be a site such as https://example.com')
    .nullish(),
});
export type NotteCookie = z.output<typeof notteCookie>;

/** As a browser takes it. */
export function fromNotteCookie(cookie: NotteCookie): CookieToSet & Pick<ReadCookie, 'partitionKey'> {
  const { name, value, domain, path, httpOnly, secure, session, partitionKey } = cookie;
  const expires = session === true ? -1 : (cookie.expires ?? cookie.expirationDate ?? -1);
  const sameSite = SAME_SITE[(cookie.sameSite ?? 'unspecified').toLowerCase()];
  return {
    ...{ name, value, domain, path, httpOnly, expires, secure: secure ?? false },
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(partitionKey ? { partitionKey: { topLevelSite: partitionKey, hasCrossSiteAncestor: !isWithin(domain, partitionKey) } } : {}),
  };
}

/** Whether a cookie's domain is of a site: else it is of a frame of another's in it. */
function isWithin(domain: string, site: string): boolean {
  const host = domain.replace(/^\./, '').toLowerCase();
  const { hostname } = new URL(site);
  return host === hostname || host.endsWith(`.${hostname}`);
}

/** As Notte's clients read it. */
export function toNotteCookie({
  name,
  value,
  domain,
  path,
  httpOnly,
  secure = false,
  sameSite,
  expires = -1,
  partitionKey,
}: Omit<ReadCookie, 'expires' | 'secure'> & { expires?: number | undefined; secure?: boolean | undefined }) {
  const isSession = expires < 0;
  return {
    ...{ name, value, domain, path, httpOnly, secure },
    hostOnly: !domain.startsWith('.'),
    session: isSession,
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(isSession ? {} : { expires, expirationDate: expires }),
    ...(partitionKey === undefined ? {} : { partitionKey: partitionKey.topLevelSite }),
  };
}
