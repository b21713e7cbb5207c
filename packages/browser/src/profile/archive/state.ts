import { identityRequest } from '@carrel/protocol';
import { z } from 'zod';
import type { ProfileState } from '../state.js';

/** As JSON. Nearly all of it is cookies, and sessionStorage where that is kept. */
export const MAX_STATE_BYTES = 32 * 1024 * 1024;

/** Of cookies; Chromium takes no more than 4096 for name and value together. */
const short = z.string().max(64 * 1024);
/** Chromium's own limit of a URL is 2 MiB. */
const url = z.string().max(4 * 1024 * 1024);
const MANY = 100_000;

const cookie = z.strictObject({
  name: short,
  value: short,
  domain: short,
  path: short,
  expires: z.number(),
  httpOnly: z.boolean(),
  secure: z.boolean(),
  sameSite: z.enum(['Strict', 'Lax', 'None']).optional(),
  priority: z.enum(['Low', 'Medium', 'High']).optional(),
  sourceScheme: z.enum(['Unset', 'NonSecure', 'Secure']).optional(),
  sourcePort: z.number().int().optional(),
  partitionKey: z.strictObject({ topLevelSite: short, hasCrossSiteAncestor: z.boolean() }).optional(),
  changedAtMs: z.number(),
});

const permission = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('granted'), origin: url.nullable(), permissions: z.array(short).max(MANY) }),
  z.strictObject({
    kind: z.literal('set'),
    origin: url.nullable(),
    permission: z.strictObject({
      name: short,
      sysex: z.boolean().optional(),
      userVisibleOnly: z.boolean().optional(),
      allowWithoutSanitization: z.boolean().optional(),
      allowWithoutGesture: z.boolean().optional(),
      panTiltZoom: z.boolean().optional(),
    }),
    setting: z.enum(['granted', 'denied', 'prompt']),
  }),
]);

const tab = z.strictObject({
  url,
  isActive: z.boolean(),
  sessionStorage: z.array(z.strictObject({ origin: short, entries: z.array(z.tuple([z.string(), z.string()])).max(MANY) })).max(MANY),
});

/** What an archive says of itself is parsed like what comes from outside: a browser has had a hand in it. */
export const profileState: z.ZodType<ProfileState> = z.strictObject({
  formatVersion: z.literal(1),
  savedAt: z.iso.datetime({ offset: true }),
  kind: z.enum(['headless-shell', 'chromium']),
  browserVersion: z.string().max(256),
  cookies: z.array(cookie).max(MANY),
  permissions: z.array(permission).max(MANY),
  identity: identityRequest,
  tabs: z.array(tab).max(MANY).nullable(),
});
