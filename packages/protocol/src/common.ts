import { z } from 'zod';
import { isNavigable, NAVIGABLE } from './urls.js';

/** RFC 3339, UTC, milliseconds. */
export const timestamp = z.iso.datetime().describe('RFC 3339 time.');

/** Free key-value pairs of the caller: at most 50, keys up to 64 characters, values up to 512. */
export const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((value) => Object.keys(value).length <= 50, 'may have at most 50 keys')
  .describe('Your own key-value pairs, returned as given.');

/** The caller's own name for a customer of theirs: opaque, and the same for the same customer. */
export const endUserId = z
  .string()
  .min(1)
  .max(256)
  .refine(
    (text) => !/[\p{Cc}\p{Cs}]/u.test(text) && text.trim() === text,
    'must be text without control characters, and without blanks before or behind it',
  )
  .describe(
    'Your own name for the customer that it is for: at most 256 characters, none of them a control character, no blanks at an end.',
  );

/** Query of every list. */
export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50).describe('At most this many entries.'),
  cursor: z.string().max(512).optional().describe('`nextCursor` of the answer before.'),
});

/** The form of every list: entries, and the cursor of the next page or null. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), nextCursor: z.string().nullable().describe('Pass as `cursor` to read on; null at the end.') });

/** What JSON can say. */
export type Json = z.core.util.JSONType;

/** Any JSON value. What comes over HTTP has been JSON already, so that nothing is left to check; zod's own would walk it all again. */
export const jsonValue = z.unknown().meta({ id: 'Json', description: 'Any JSON value.' }) as unknown as z.ZodType<Json, Json>;

/** How long one operation on a page may take. */
export const timeoutMs = z.number().int().min(0).max(300_000).describe('Give up after this many milliseconds.');

/** A URL a caller may send a page to. What else is refused is decided before navigation. */
export const navigableUrl = z.string().min(1).max(65_536).refine(isNavigable, `must be absolute; allowed are ${NAVIGABLE}`);

export const tabId = z
  .string()
  .regex(/^[0-9A-F]{32}$/, 'must be the id of a tab')
  .describe('Id of a tab (its CDP target id). Default: the active tab.');

export const box = z
  .object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() })
  .describe('CSS pixels, relative to the viewport.');

export const imageFormat = z.enum(['png', 'jpeg', 'webp']);

/** The value of the `Idempotency-Key` header: a string of the caller's, unlike every other of the last 24 hours, e.g. a UUID. */
export const idempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .describe(
    'A string of your own, e.g. a UUID. The same call with the same key within 24 hours is answered from the first, not done again.',
  );
