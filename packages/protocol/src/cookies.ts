import { z } from 'zod';

/** A cookie, in the field names that Playwright uses. */
export const cookie = z
  .object({
    name: z.string(),
    value: z.string(),
    domain: z.string().describe('With a leading dot: subdomains too.'),
    path: z.string(),
    expires: z.number().describe('Unix time in seconds; -1 for a session cookie.'),
    httpOnly: z.boolean(),
    secure: z.boolean(),
    sameSite: z.enum(['Strict', 'Lax', 'None']).optional(),
  })
  .meta({ id: 'Cookie' });
export type Cookie = z.infer<typeof cookie>;

/** A cookie to set: give `url`, or `domain` (and `path`). */
export const cookieToSet = z
  .strictObject({
    name: z.string().min(1).max(4096),
    value: z.string().max(4096),
    url: z.url({ protocol: /^https?$/ }).optional(),
    domain: z.string().min(1).max(255).optional(),
    path: z.string().startsWith('/').max(1024).optional(),
    expires: z.number().optional().describe('Unix time in seconds; left out or -1: a session cookie.'),
    httpOnly: z.boolean().optional(),
    secure: z.boolean().optional(),
    sameSite: z.enum(['Strict', 'Lax', 'None']).optional(),
  })
  .refine((value) => (value.url === undefined) !== (value.domain === undefined), 'needs either `url` or `domain`')
  .meta({ id: 'CookieToSet' });
export type CookieToSet = z.infer<typeof cookieToSet>;

export const cookieList = z.object({ cookies: z.array(cookie) }).meta({ id: 'Cookies' });
export const setCookiesRequest = z.strictObject({ cookies: z.array(cookieToSet).min(1).max(1000) }).meta({ id: 'SetCookies' });
