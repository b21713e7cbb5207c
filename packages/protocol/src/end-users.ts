import { z } from 'zod';
import { browserKind } from './browsers.js';
import { endUserId, listQuery, timestamp } from './common.js';
import { cookieToSet } from './cookies.js';
import { identityRequest } from './identity.js';
import { isHostPattern, proxies } from './network.js';
import { profile, storageState } from './profiles.js';
import { sessionExport } from './tasks.js';

export const endUserParams = z.strictObject({ id: endUserId });

/** The cookies that sites sign people in with, each by a name of its own: which cookie of which site. All are Secure and HttpOnly. */
export const CREDENTIAL_PRESETS = {
  twitterAuthToken: { platform: 'twitter', domains: ['.x.com', '.twitter.com'], cookie: 'auth_token' },
  twitterCt0: { platform: 'twitter', domains: ['.x.com', '.twitter.com'], cookie: 'ct0' },
  redditSession: { platform: 'reddit', domains: ['.reddit.com'], cookie: 'reddit_session' },
  tiktokSessionId: { platform: 'tiktok', domains: ['.tiktok.com'], cookie: 'sessionid' },
  tiktokCsrfToken: { platform: 'tiktok', domains: ['.tiktok.com'], cookie: 'tt_csrf_token' },
  instagramSessionId: { platform: 'instagram', domains: ['.instagram.com'], cookie: 'sessionid' },
  instagramCsrfToken: { platform: 'instagram', domains: ['.instagram.com'], cookie: 'csrftoken' },
  instagramDsUserId: { platform: 'instagram', domains: ['.instagram.com'], cookie: 'ds_user_id' },
  youtubeSid: { platform: 'youtube', domains: ['.youtube.com', '.google.com'], cookie: 'SID' },
  youtubeHsid: { platform: 'youtube', domains: ['.youtube.com', '.google.com'], cookie: 'HSID' },
  youtubeSsid: { platform: 'youtube', domains: ['.youtube.com', '.google.com'], cookie: 'SSID' },
  youtubeSapisid: { platform: 'youtube', domains: ['.youtube.com', '.google.com'], cookie: 'SAPISID' },
} as const satisfies Record<string, { platform: string; domains: readonly string[]; cookie: string }>;
export type CredentialPreset = keyof typeof CREDENTIAL_PRESETS;
export const CREDENTIAL_PRESET_NAMES = Object.keys(CREDENTIAL_PRESETS) as [CredentialPreset, ...CredentialPreset[]];

/** Control characters, halves of surrogate pairs and spaces at an end are no part of what anybody types into a field. */
const secretText = z
  .string()
  .min(1)
  .max(4096)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'must be text without control characters');
const alias = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,254}$/, 'must be of letters, digits and . _ : -')
  .describe('What the model calls it. Default: `domain`.');

const isWebOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text && /^https?:/.test(text);
const isLoopbackOrigin = (text: string) => /^http:\/\/(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(text);
const loginOrigin = z
  .string()
  .max(2048)
  .refine((text) => isWebOrigin(text) && (text.startsWith('https:') || isLoopbackOrigin(text)), {
    message: 'must be an origin such as https://login.example.com; http: only of a loopback address',
  });

/** A login: whom a site knows the end user as. */
export const login = z
  .strictObject({
    alias: alias.optional(),
    domain: z
      .string()
      .max(260)
      .refine((text) => isHostPattern(text) && !text.includes('*'), 'must be a host such as example.com, with an optional :port')
      .describe('The host that it is for: `https://` and this is the one origin where it is filled in, unless `origins` names others.'),
    username: secretText.optional(),
    password: secretText.optional(),
    totpSecret: z
      .string()
      .max(1024)
      .refine(
        (text) => /^otpauth:\/\/totp\/.+/.test(text) || /^[A-Z2-7\s]{16,}=*$/i.test(text),
        'must be base32, or an otpauth://totp/… URI',
      )
      .optional()
      .describe('Base32, or an `otpauth://totp/…` URI: codes are made from it when they are filled in (RFC 6238).'),
    fields: z
      .record(z.string().regex(/^[A-Za-z][\w-]{0,63}$/, 'must be of letters, digits, _ and -, and begin with a letter'), secretText)
      .refine((value) => Object.keys(value).length <= 20, 'may have at most 20 fields')
      .optional()
      .describe('What else its form asks for, by names of your own.'),
    origins: z
      .array(loginOrigin)
      .max(20)
      .optional()
      .describe('Further origins where it may be filled in; `http:` only of a loopback address.'),
    includeSubdomains: z.boolean().optional().describe('Whether it may be filled in at hosts below `domain` too. Default: no.'),
  })
  .refine(({ username, password, totpSecret, fields }) => [username, password, totpSecret, fields].some((part) => part !== undefined), {
    message: 'holds nothing: give `username`, `password`, `totpSecret` or `fields`',
  })
  .meta({ id: 'Login' });
export type Login = z.infer<typeof login>;

const presets = Object.fromEntries(
  CREDENTIAL_PRESET_NAMES.map((name) => {
    const { cookie, domains } = CREDENTIAL_PRESETS[name];
    return [name, secretText.optional().describe(`The cookie \`${cookie}\` of ${domains.map((host) => host.slice(1)).join(' and ')}.`)];
  }),
) as Record<CredentialPreset, z.ZodOptional<typeof secretText>>;

/** What is given replaces what there is of the same name; all else stays. */
export const setCredentialsRequest = z
  .strictObject({
    ...presets,
    cookies: z.array(cookieToSet).min(1).max(1000).optional().describe('As `PUT /v1/browsers/{id}/cookies` takes them.'),
    storageState: storageState
      .optional()
      .describe("Playwright's `storageState({ indexedDB: true })`: each origin in it replaces what there is of it."),
    logins: z.array(login).min(1).max(100).optional(),
  })
  .refine((value) => Object.keys(value).length > 0, 'gives nothing')
  .meta({ id: 'SetCredentialsRequest' });
export type SetCredentialsRequest = z.infer<typeof setCredentialsRequest>;

export const credentialsSet = z.object({ ok: z.literal(true) }).meta({ id: 'CredentialsSet' });

/** What there is of an end user's credentials: never a value. */
export const credentials = z
  .object({
    endUserId,
    platforms: z.record(z.string(), z.boolean()).describe('Of the presets: whether a site has all of its cookies.'),
    cookies: z.array(z.object({ name: z.string(), domain: z.string(), path: z.string(), expires: z.number() })),
    origins: z.array(z.object({ origin: z.string(), updatedAt: timestamp })).describe('Whose localStorage and IndexedDB are kept.'),
    logins: z.array(
      z.object({
        alias: z.string(),
        domain: z.string(),
        origins: z.array(z.string()).describe('Where it may be filled in.'),
        includeSubdomains: z.boolean(),
        hasUsername: z.boolean(),
        hasPassword: z.boolean(),
        hasTotpSecret: z.boolean(),
        fields: z.array(z.string()).describe('Their names.'),
        updatedAt: timestamp,
      }),
    ),
  })
  .meta({ id: 'Credentials' });
export type Credentials = z.infer<typeof credentials>;

/** Whoever gives an empty list means nothing, or means all; a call that deletes secrets does not guess. */
const NAMES_NONE = 'must name at least one, or be left out; where all three are left out, all is deleted';

export const deleteCredentialsRequest = z
  .strictObject({
    fields: z.array(z.enum(CREDENTIAL_PRESET_NAMES)).min(1, NAMES_NONE).optional().describe('Presets.'),
    logins: z.array(alias).min(1, NAMES_NONE).optional().describe('By alias.'),
    domains: z
      .array(z.string().min(1).max(260))
      .min(1, NAMES_NONE)
      .optional()
      .describe('All cookies, localStorage and IndexedDB of these hosts and those below them.'),
  })
  .meta({ id: 'DeleteCredentialsRequest' });
export type DeleteCredentialsRequest = z.infer<typeof deleteCredentialsRequest>;

/** What there was of that which was named: all of it nothing when none of it was there. */
export const credentialsDeleted = z
  .object({
    ok: z.literal(true),
    deleted: z.object({
      logins: z.array(z.string()).describe('Their aliases.'),
      cookies: z.number().int(),
      origins: z.number().int().describe('Those whose localStorage and IndexedDB were kept.'),
    }),
  })
  .meta({ id: 'CredentialsDeleted' });
export type CredentialsDeleted = z.infer<typeof credentialsDeleted>;

/** Asks for a person to sign in, once, in a browser of their own. */
export const loginRequest = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .max(8192)
      .describe('The page to sign in at.'),
    until: z
      .strictObject({
        url: z.string().min(1).max(2048).optional().describe('A tab is at such a URL; `*` stands for anything.'),
        cookie: z.string().min(1).max(256).optional().describe('A cookie of this name is there.'),
      })
      .refine(({ url, cookie }) => (url === undefined) !== (cookie === undefined), 'names either a url or a cookie')
      .optional()
      .describe(
        'When they are signed in: not yet at `url` itself, which is refused. Left out: when they say so, by pressing Done, which ends it in any case.',
      ),
    timeoutSeconds: z.number().int().min(10).max(86_400).default(1800).describe('How long they have.'),
    kind: browserKind.optional().describe('Default: headless-shell.'),
    proxies: proxies.optional(),
    identity: identityRequest.optional().describe('Who the browser is to the site.'),
  })
  .meta({ id: 'LoginRequest' });
export type LoginRequest = z.infer<typeof loginRequest>;

/** A browser in which a person is to sign in. */
export const endUserLogin = z
  .object({
    browserId: z.string().describe('Its log says how it ends: `login.saved` or `login.failed`.'),
    liveUrl: z.string().describe('Where the person signs in, without an account; a secret.'),
    expiresAt: timestamp,
  })
  .meta({ id: 'EndUserLogin' });
export type EndUserLogin = z.infer<typeof endUserLogin>;

/** One of the caller's own customers. */
export const endUser = z
  .object({ endUserId, sessionCount: z.number().int(), profileCount: z.number().int(), hasCredentials: z.boolean(), createdAt: timestamp })
  .meta({ id: 'EndUser' });
export type EndUser = z.infer<typeof endUser>;
/** Its cursors hold the caller's own names, which may be long. */
export const listEndUsersQuery = listQuery.extend({
  cursor: z.string().max(2048).optional().describe('`nextCursor` of the answer before.'),
});

/** All that there is of an end user; of credentials and profiles what exists, never a value. */
export const endUserExport = z
  .object({ endUser, credentials, profiles: z.array(profile), sessions: z.array(sessionExport) })
  .meta({ id: 'EndUserExport' });
export type EndUserExport = z.infer<typeof endUserExport>;
