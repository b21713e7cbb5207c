import { z } from 'zod';
import { timestamp } from './common.js';

/** A plain file name: no separators, no control characters, not `.` or `..`; so that it can never leave its directory. */
export const fileName = z
  .string()
  .min(1)
  .refine((name) => new TextEncoder().encode(name).length <= 255, 'may have at most 255 bytes')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is refused
  .refine((name) => !/[/\\\u0000-\u001f\u007f]/.test(name) && name !== '.' && name !== '..', 'must be a plain file name');

/** A file of a browser: put there by the caller to be uploaded, or downloaded by a page. */
export const browserFile = z
  .object({
    name: fileName,
    kind: z.enum(['upload', 'download']).describe('Who made it: you, or a page.'),
    sizeBytes: z.number().int(),
    mimeType: z.string(),
    createdAt: timestamp,
    url: z.string().optional().describe('Where a download came from.'),
  })
  .meta({ id: 'File' });
export type BrowserFile = z.infer<typeof browserFile>;
