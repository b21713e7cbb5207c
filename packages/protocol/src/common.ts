import { z } from 'zod';

/** RFC 3339, UTC, milliseconds. */
export const timestamp = z.iso.datetime().describe('RFC 3339 time.');

/** Free key-value pairs of the caller: at most 50, keys up to 64 characters, values up to 512. */
export const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((value) => Object.keys(value).length <= 50, 'may have at most 50 keys')
  .describe('Your own key-value pairs, returned as given.');

/** Query of every list. */
export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50).describe('At most this many entries.'),
  cursor: z.string().max(512).optional().describe('`nextCursor` of the answer before.'),
});

/** The form of every list: entries, and the cursor of the next page or null. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable().describe('Pass as `cursor` to read on; null at the end.') });

/** How long one operation on a page may take. */
export const timeoutMs = z.number().int().min(0).max(300_000).describe('Give up after this many milliseconds.');

/** A URL a caller may send a page to: http, https, about:blank or data. What else is refused is decided before navigation. */
export const navigableUrl = z
  .string()
  .min(1)
  .max(65_536)
  .refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : null;
    return url !== null && (['http:', 'https:', 'data:'].includes(url.protocol) || value === 'about:blank');
  }, 'must be an absolute http:, https: or data: URL, or about:blank');

export const tabId = z
  .string()
  .regex(/^[0-9A-F]{32}$/, 'must be the id of a tab')
  .describe('Id of a tab (its CDP target id). Default: the active tab.');

export const box = z
  .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
  .describe('CSS pixels, relative to the viewport.');

export const imageFormat = z.enum(['png', 'jpeg', 'webp']);
