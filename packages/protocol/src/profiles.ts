import { z } from 'zod';
import { endUserId, listQuery, metadata, timestamp } from './common.js';
import { cookieToSet } from './cookies.js';
import { idSchema } from './ids.js';

export const profileId = idSchema('profile').describe('Id of a profile.');
const profileName = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), 'must be text without control characters');
/** As far as the store counts. */
const MAX_VERSION = 2_147_483_647;
const version = z.number().int().min(1).max(MAX_VERSION);
const keepVersions = z.number().int().min(1).max(1000).describe('How many versions are kept; older ones are deleted.');

/** What of a browser is kept when it closes: encrypted, in versions. */
export const profile = z
  .object({
    id: profileId,
    name: profileName.nullable().describe('Unlike every other in the project.'),
    endUserId: endUserId.nullable(),
    metadata,
    currentVersion: version.nullable().describe('What a browser that is opened with it starts with; null: nothing was saved yet.'),
    keepVersions,
    sizeBytes: z.number().int().describe('What all of its versions take in the store.'),
    heldBy: z
      .array(
        z.object({
          browserId: z.string().describe('Of a browser, or of an import that is under way.'),
          since: timestamp,
          exclusive: z.boolean().describe('Whether others that would save to the profile are refused meanwhile.'),
        }),
      )
      .describe('Who may save to it at the moment.'),
    createdAt: timestamp,
    updatedAt: timestamp.describe('When it was last saved or changed.'),
  })
  .meta({ id: 'Profile' });
export type Profile = z.infer<typeof profile>;

export const createProfileRequest = z
  .strictObject({
    name: profileName.optional(),
    endUserId: endUserId.optional().describe('Whom of your customers it belongs to. It never changes; browsers of others cannot use it.'),
    metadata: metadata.optional(),
    keepVersions: keepVersions.optional().describe(`${keepVersions.description} Default 10.`),
  })
  .meta({ id: 'CreateProfileRequest' });
export type CreateProfileRequest = z.infer<typeof createProfileRequest>;

export const updateProfileRequest = z
  .strictObject({
    name: profileName.nullable().optional(),
    metadata: metadata.optional().describe('Replaces what was there.'),
    keepVersions: keepVersions.optional(),
  })
  .refine((value) => Object.keys(value).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateProfileRequest' });
export type UpdateProfileRequest = z.infer<typeof updateProfileRequest>;

export const listProfilesQuery = listQuery.extend({
  endUserId: endUserId.optional().describe('Only those of this end user.'),
  name: profileName.optional().describe('Only the one of this name.'),
});

/** One immutable snapshot of a profile. */
export const profileVersion = z
  .object({
    version: version.describe('Counts up within the profile.'),
    createdAt: timestamp,
    source: z
      .enum(['close', 'checkpoint', 'automatic', 'merge', 'import', 'restore'])
      .describe(
        'What made it: the end of a browser, a checkpoint that was asked for, one that was not (each takes the place of the one before of ' +
          'the same browser), two versions that were merged, an import, or the restoring of an old one.',
      ),
    browserId: z.string().nullable().describe('The browser that it was saved from.'),
    basedOn: version.nullable().describe('The version that it began from.'),
    mergedWith: version.nullable().describe('Of a merge: the version that another browser had saved meanwhile.'),
    kind: z.enum(['headless-shell', 'chromium']),
    browserVersion: z.string(),
    sizeBytes: z.number().int().describe('What it takes in the store.'),
    unpackedBytes: z.number().int().describe('What it takes in a browser.'),
    isCurrent: z.boolean(),
  })
  .meta({ id: 'ProfileVersion' });
export type ProfileVersion = z.infer<typeof profileVersion>;

const storeSize = z.object({ entries: z.number().int(), bytes: z.number().int() });

/** What an origin has stored. */
export const originContents = z
  .object({
    origin: z
      .string()
      .describe(
        'E.g. `https://example.com`. Storage of a frame in another site has that site after it: `https://a.example^https://b.example`. ' +
          '`unknown`: of what could not be read.',
      ),
    localStorage: storeSize,
    indexedDB: storeSize.describe('Entries are records of all databases.'),
    cacheStorage: storeSize.describe('Entries are responses.'),
    serviceWorkers: storeSize.describe('Entries are registrations.'),
    fileSystem: storeSize.describe('The origin private file system; entries are files.'),
    bytes: z.number().int().describe('All of them together.'),
  })
  .meta({ id: 'OriginContents' });
export type OriginContents = z.infer<typeof originContents>;

/** What a version of a profile holds: names, counts and sizes, never a value. */
export const profileContents = z
  .object({
    version,
    origins: z.array(originContents).describe('The largest first.'),
    cookies: z.array(
      z.object({
        name: z.string(),
        domain: z.string(),
        path: z.string(),
        expires: z.number().describe('Unix time in seconds; -1 for a session cookie.'),
        httpOnly: z.boolean(),
        secure: z.boolean(),
        sameSite: z.enum(['Strict', 'Lax', 'None']).optional(),
      }),
    ),
    permissions: z.array(
      z.object({ origin: z.string().nullable().describe('Null: of all origins.'), name: z.string(), setting: z.string() }),
    ),
    tabs: z.array(z.object({ url: z.string(), sessionStorage: z.number().int().describe('How many entries.') })),
  })
  .meta({ id: 'ProfileContents' });
export type ProfileContents = z.infer<typeof profileContents>;

export const contentsQuery = z.strictObject({
  version: z.coerce.number().int().min(1).max(MAX_VERSION).optional().describe('Default: the current one.'),
});

/** How a browser is opened with a profile. */
export const browserProfileRequest = z
  .strictObject({
    id: profileId,
    persist: z.boolean().optional().describe('Save the state to the profile when the browser closes. Default false: it is only read.'),
    version: version.optional().describe('Start with this version instead of the current one; not with `persist`: restore it first.'),
    onConflict: z
      .enum(['refuse', 'merge'])
      .optional()
      .describe(
        'When another browser may save to the profile: `refuse` (the default; with `waitMs` only after that time), or `merge`: both save, ' +
          'and what both changed is taken from the newest change.',
      ),
    tabs: z.boolean().optional().describe('Bring back the open tabs, by their URLs; with `persist`, also save them. Default false.'),
    sessionStorage: z.boolean().optional().describe('With `tabs`: what these tabs have in sessionStorage, too. Default false.'),
  })
  .refine((value) => !value.sessionStorage || value.tabs, { message: 'goes with `tabs`', path: ['sessionStorage'] })
  .refine((value) => value.onConflict === undefined || value.persist, { message: 'goes with `persist`', path: ['onConflict'] })
  .refine((value) => value.version === undefined || !value.persist, {
    message: 'goes without `persist`: make it the current version first (POST /v1/profiles/{id}/versions/{version}/restore)',
    path: ['version'],
  });
export type BrowserProfileRequest = z.infer<typeof browserProfileRequest>;

/** The profile of a browser, and what became of saving to it. */
export const browserProfile = z
  .object({
    id: profileId,
    persist: z.boolean(),
    version: version.nullable().describe('What the browser started with; null: with nothing, as nothing had been saved.'),
    savedVersion: version.nullable().describe('What was last saved from it.'),
    error: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .describe('Why the last saving failed; null when it did not. What was saved before is still there.'),
  })
  .meta({ id: 'BrowserProfile' });
export type BrowserProfile = z.infer<typeof browserProfile>;

/** A value of IndexedDB, as Playwright writes it. */
const encoded = z.unknown();
const isOrigin = (text: string) => /^https?:\/\/[^/?#@\\\s]+\/?$/i.test(text) && URL.canParse(text);
const keyPath = { keyPath: z.string().optional(), keyPathArray: z.array(z.string()).optional() };
const index = z.strictObject({ name: z.string(), ...keyPath, unique: z.boolean(), multiEntry: z.boolean() });
const objectStore = z.strictObject({
  name: z.string(),
  ...keyPath,
  autoIncrement: z.boolean(),
  indexes: z.array(index),
  records: z.array(
    z.strictObject({
      key: encoded.optional(),
      keyEncoded: encoded.optional(),
      value: encoded.optional(),
      valueEncoded: encoded.optional(),
    }),
  ),
});

/**
 * The state of a browser in the form of Playwright's `storageState({ indexedDB: true })`
 * (https://playwright.dev/docs/api/class-browsercontext#browser-context-storage-state).
 */
export const storageState = z
  .strictObject({
    cookies: z.array(
      z.strictObject({
        name: z.string(),
        value: z.string(),
        domain: z.string(),
        path: z.string(),
        expires: z.number(),
        httpOnly: z.boolean(),
        secure: z.boolean(),
        sameSite: z.enum(['Strict', 'Lax', 'None']),
        partitionKey: z.string().optional(),
        _crHasCrossSiteAncestor: z.boolean().optional(),
      }),
    ),
    origins: z.array(
      z.strictObject({
        origin: z.string().max(2048).refine(isOrigin, 'must be an origin such as https://example.com'),
        localStorage: z.array(z.strictObject({ name: z.string(), value: z.string() })),
        indexedDB: z.array(z.strictObject({ name: z.string(), version: z.number(), stores: z.array(objectStore) })).optional(),
      }),
    ),
  })
  .meta({ id: 'StorageState' });
export type StorageState = z.infer<typeof storageState>;

/** What to bring into a profile. A cookie, an item of localStorage or a database of the same name is replaced; what else there is stays. */
export const importProfileRequest = z
  .strictObject({
    storageState: storageState.optional(),
    cookies: z.array(cookieToSet).min(1).max(3000).optional().describe('As `PUT /v1/browsers/{id}/cookies` takes them.'),
    netscape: z.string().min(1).max(4_000_000).optional().describe('The text of a cookies.txt, as curl and browsers’ extensions write it.'),
  })
  .refine(
    ({ storageState, cookies, netscape }) => [storageState, cookies, netscape].filter((given) => given !== undefined).length === 1,
    'needs one of `storageState`, `cookies` and `netscape`',
  )
  .meta({ id: 'ImportProfileRequest' });
export type ImportProfileRequest = z.infer<typeof importProfileRequest>;

export const exportProfileRequest = z
  .strictObject({
    format: z.enum(['storageState', 'cookies', 'netscape']).default('storageState'),
    version: version.optional().describe('Default: the current one.'),
  })
  .meta({ id: 'ExportProfileRequest' });
export type ExportProfileRequest = z.infer<typeof exportProfileRequest>;

/** The values of a profile: the field that the format names. */
export const profileExport = z
  .object({
    version,
    storageState: storageState.optional(),
    cookies: z.array(cookieToSet).optional().describe('As `PUT /v1/browsers/{id}/cookies` takes them.'),
    netscape: z.string().optional().describe('The text of a cookies.txt.'),
    warnings: z.array(z.string()).describe('What the format cannot carry and was left out, in sentences.'),
  })
  .meta({ id: 'ProfileExport' });
export type ProfileExport = z.infer<typeof profileExport>;

export const masterKeyRotation = z
  .object({
    keyId: z.string().describe('Names the master key that wraps everything now; says nothing about it.'),
    rewrapped: z.number().int().describe('How many keys were wrapped anew.'),
  })
  .meta({ id: 'MasterKeyRotation' });

/** A line of the log of what was done with secrets. */
export const auditEvent = z
  .object({
    id: idSchema('event'),
    createdAt: timestamp,
    apiKeyId: z.string().describe('The API key that did it.'),
    action: z.enum([
      'profile.exported',
      'profile.imported',
      'profile.deleted',
      'credentials.set',
      'credentials.deleted',
      'end_user.exported',
      'end_user.deleted',
      'project.deleted',
      'master_key.rotated',
    ]),
    subject: z.string().describe('The id of what it was done with.'),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEvent' });
export type AuditEvent = z.infer<typeof auditEvent>;

export const profileParams = z.strictObject({ id: profileId });
export const profileVersionParams = z.strictObject({ id: profileId, version: z.coerce.number().int().min(1).max(MAX_VERSION) });
