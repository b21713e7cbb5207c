import type { Cookie, CookieToSet } from '@carrel/protocol';
import { z } from 'zod';

const SAME_SITE = { strict: 'Strict', lax: 'Lax', none: 'None', no_restriction: 'None' } as const;

/** A cookie as Notte's clients write it: in the names of Playwright, or of Chrome's extensions. */
export const notteCookie = z.object({
  name: z.string().min(1).max(4096),
  value: z.string().max(4096),
  domain: z.string().min(1).max(255),
  path: z.string().startsWith('/').max(1024).default('/'),
  httpOnly: z.boolean().default(false),
  secure: z.boolean().nullish(),
  sameSite: z.string().nullish(),
  expires: z.number().nullish(),
  expirationDate: z.number().nullish(),
  hostOnly: z.boolean().nullish(),
  session: z.boolean().nullish(),
});
export type NotteCookie = z.output<typeof notteCookie>;

/** As a browser takes it. */
export function fromNotteCookie(cookie: NotteCookie): CookieToSet {
  const { name, value, domain, path, httpOnly, secure, session } = cookie;
  const expires = session === true ? -1 : (cookie.expires ?? cookie.expirationDate ?? -1);
  const sameSite = SAME_SITE[(cookie.sameSite ?? '').toLowerCase() as keyof typeof SAME_SITE];
  return { name, value, domain, path, httpOnly, expires, secure: secure ?? false, ...(sameSite === undefined ? {} : { sameSite }) };
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
}: Omit<Cookie, 'expires' | 'secure'> & { expires?: number | undefined; secure?: boolean | undefined }) {
  const isSession = expires < 0;
  return {
    ...{ name, value, domain, path, httpOnly, secure },
    hostOnly: !domain.startsWith('.'),
    session: isSession,
    ...(sameSite === undefined ? {} : { sameSite }),
    ...(isSession ? {} : { expires, expirationDate: expires }),
  };
}
