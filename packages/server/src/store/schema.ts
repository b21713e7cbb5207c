import type {
  AuditEvent,
  BrowserEventType,
  BrowserKind,
  BrowserNetwork,
  BrowserProfile,
  BrowserStatus,
  EndReason,
  Identity,
  IsolationLevel,
  ProfileVersion,
  Scope,
} from '@carrel/protocol';
import { sql } from 'drizzle-orm';
import { bigint, boolean, customType, index, integer, json, pgSchema, primaryKey, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';

/**
 * The tables. After a change: `npx drizzle-kit generate --config packages/server/drizzle.config.ts` writes the migration.
 *
 * Free data of callers and pages is `json`, not `jsonb`, which refuses strings with U+0000 and with halves of surrogate pairs; pages
 * may hold both.
 */
export const carrelSchema = pgSchema('carrel');

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
/** Milliseconds, as in the API: what is compared for the order of a list is what the cursor holds. */
const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

export const projects = carrelSchema.table(
  'projects',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    /** Null: as many as the setting says. */
    maxBrowsers: integer('max_browsers'),
    isDefault: boolean('is_default').notNull().default(false),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [uniqueIndex('projects_one_default').on(table.isDefault).where(sql`${table.isDefault}`)],
);

export const apiKeys = carrelSchema.table(
  'api_keys',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** SHA-256 of the secret: it has 256 random bits, so nothing slower is needed. */
    secretHash: bytea('secret_hash').notNull(),
    hint: text('hint').notNull(),
    scopes: text('scopes').array().$type<Scope[]>().notNull(),
    /** Who made it: a call, the setting CARREL_API_KEY, or the first start. */
    source: text('source').$type<'api' | 'environment' | 'file'>().notNull(),
    createdAt: moment('created_at').notNull(),
    lastUsedAt: moment('last_used_at'),
    revokedAt: moment('revoked_at'),
  },
  (table) => [
    uniqueIndex('api_keys_secret_hash').on(table.secretHash),
    uniqueIndex('api_keys_one_of_environment').on(table.source).where(sql`${table.source} = 'environment'`),
    index('api_keys_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
  ],
);

/** Of the browsers that were opened before there was anything to choose. */
const DIRECTLY: BrowserNetwork = {
  exit: { type: 'direct', source: 'host', server: null, addresses: [], country: null, city: null, tags: [] },
  allow: null,
  deny: [],
};

export const browsers = carrelSchema.table(
  'browsers',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** The data directory whose server has, or had, the browser. */
    nodeId: text('node_id').notNull(),
    status: text('status').$type<BrowserStatus>().notNull(),
    kind: text('kind').$type<BrowserKind>().notNull(),
    browserVersion: text('browser_version'),
    isolation: json('isolation').$type<{ level: IsolationLevel; reasons: string[] }>().notNull(),
    createdAt: moment('created_at').notNull(),
    endedAt: moment('ended_at'),
    expiresAt: moment('expires_at').notNull(),
    idleTimeoutSeconds: integer('idle_timeout_seconds').notNull(),
    maxDurationSeconds: integer('max_duration_seconds').notNull(),
    reason: json('reason').$type<EndReason>(),
    endUserId: text('end_user_id'),
    metadata: json('metadata').$type<Record<string, string>>().notNull(),
    network: json('network').$type<BrowserNetwork>().notNull().default(DIRECTLY),
    /** Null: it has not started, or was opened before browsers had one. */
    identity: json('identity').$type<Identity>(),
    /** Null: without one, or opened before there were any. */
    profile: json('profile').$type<BrowserProfile>(),
    warnings: json('warnings').$type<string[]>().notNull().default([]),
  },
  (table) => [
    index('browsers_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('browsers_of_end_user').on(table.projectId, table.endUserId, table.createdAt.desc()).where(sql`${table.endUserId} is not null`),
    index('browsers_open').on(table.nodeId).where(sql`${table.endedAt} is null`),
  ],
);

export const browserEvents = carrelSchema.table(
  'browser_events',
  {
    browserId: text('browser_id')
      .notNull()
      .references(() => browsers.id, { onDelete: 'cascade' }),
    id: integer('id').notNull(),
    type: text('type').$type<BrowserEventType>().notNull(),
    createdAt: moment('created_at').notNull(),
    data: json('data').$type<Record<string, unknown>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.browserId, table.id] })],
);

export const idempotencyKeys = carrelSchema.table(
  'idempotency_keys',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** Keyed hash of the request, to tell a retry from another request. */
    requestHash: bytea('request_hash').notNull(),
    /** Names the request that is being answered: only that one may settle the row. */
    claimId: text('claim_id').notNull(),
    nodeId: text('node_id').notNull(),
    /** Encrypted; null while the request is being answered. */
    response: bytea('response'),
    createdAt: moment('created_at').notNull(),
    /** An unanswered row is another's to take after this. */
    leaseUntil: moment('lease_until').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.key] }),
    index('idempotency_keys_expiry').on(table.expiresAt),
    index('idempotency_keys_in_use').on(table.nodeId).where(sql`${table.response} is null`),
  ],
);

export const profiles = carrelSchema.table(
  'profiles',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text('name'),
    endUserId: text('end_user_id'),
    metadata: json('metadata').$type<Record<string, string>>().notNull(),
    keepVersions: integer('keep_versions').notNull(),
    currentVersion: integer('current_version'),
    /** The number of the next version: numbers are never used twice. */
    nextVersion: integer('next_version').notNull().default(1),
    /** The key of all that is kept of it, wrapped by a master key. Null: it is being deleted, and nothing of it can be read any more. */
    wrappedKey: bytea('wrapped_key'),
    /** Names the master key. */
    masterKeyId: text('master_key_id').notNull(),
    /** Where its browsers leave, with the passwords of the caller's own proxies: sealed with its key. Null: nothing was asked for. */
    sealedExit: bytea('sealed_exit'),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('profiles_name').on(table.projectId, table.name).where(sql`${table.name} is not null`),
    index('profiles_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('profiles_of_end_user').on(table.projectId, table.endUserId, table.createdAt.desc()).where(sql`${table.endUserId} is not null`),
    index('profiles_of_master_key').on(table.masterKeyId),
  ],
);

export const profileVersions = carrelSchema.table(
  'profile_versions',
  {
    profileId: text('profile_id')
      .notNull()
      .references(() => profiles.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    createdAt: moment('created_at').notNull(),
    source: text('source').$type<ProfileVersion['source']>().notNull(),
    browserId: text('browser_id'),
    basedOn: integer('based_on'),
    mergedWith: integer('merged_with'),
    kind: text('kind').$type<BrowserKind>().notNull(),
    browserVersion: text('browser_version').notNull(),
    /** Names the archive in the store; two versions may share one. */
    objectName: text('object_name').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    unpackedBytes: bigint('unpacked_bytes', { mode: 'number' }).notNull(),
    /** What it holds (origins, counts, sizes), sealed with the profile's key: where somebody was is a secret too. */
    sealedContents: bytea('sealed_contents').notNull(),
  },
  (table) => [primaryKey({ columns: [table.profileId, table.version] }), index('profile_versions_object').on(table.objectName)],
);

/** Who may save to a profile at the moment. A row is gone when its browser is, or dead when the server that made it is. */
export const profileHolds = carrelSchema.table(
  'profile_holds',
  {
    /** Of a browser, or of an import. */
    browserId: text('browser_id').primaryKey(),
    profileId: text('profile_id')
      .notNull()
      .references(() => profiles.id, { onDelete: 'cascade' }),
    nodeId: text('node_id').notNull(),
    /** The version that it began from, and would be merged against: kept meanwhile. */
    baseVersion: integer('base_version'),
    isExclusive: boolean('is_exclusive').notNull(),
    since: moment('since').notNull(),
  },
  (table) => [
    uniqueIndex('profile_holds_one_exclusive').on(table.profileId).where(sql`${table.isExclusive}`),
    index('profile_holds_of_profile').on(table.profileId),
    index('profile_holds_of_node').on(table.nodeId),
  ],
);

export const auditEvents = carrelSchema.table(
  'audit_events',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    createdAt: moment('created_at').notNull(),
    apiKeyId: text('api_key_id').notNull(),
    action: text('action').$type<AuditEvent['action']>().notNull(),
    subject: text('subject').notNull(),
    details: json('details').$type<Record<string, unknown>>().notNull(),
  },
  (table) => [index('audit_events_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc())],
);
