import type { AuditEvent, ProjectEvent, RecordRequest, Scope } from '@carrel/protocol';
import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, json, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
import { anyJson, bytea, carrelSchema, moment, xid8 } from './columns.js';

export const projects = carrelSchema.table(
  'projects',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    /** Null: as many as the setting says. */
    maxBrowsers: integer('max_browsers'),
    maxTasks: integer('max_tasks'),
    model: text('model'),
    /** Null: as the setting says. */
    record: anyJson<RecordRequest>('record'),
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

/** Who is signed in to the dashboard: each as the key that they signed in with, for as long as that is good. */
export const dashboardSessions = carrelSchema.table(
  'dashboard_sessions',
  {
    /** SHA-256 of what is in the cookie: it has 256 random bits. */
    secretHash: bytea('secret_hash').primaryKey(),
    apiKeyId: text('api_key_id')
      .notNull()
      .references(() => apiKeys.id, { onDelete: 'cascade' }),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('dashboard_sessions_of_key').on(table.apiKeyId), index('dashboard_sessions_expiry').on(table.expiresAt)],
);

/** Links that sign in as a key, and were not opened yet. */
export const signInCodes = carrelSchema.table(
  'sign_in_codes',
  {
    /** SHA-256 of the code: it has 256 random bits. */
    secretHash: bytea('secret_hash').primaryKey(),
    apiKeyId: text('api_key_id')
      .notNull()
      .references(() => apiKeys.id, { onDelete: 'cascade' }),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('sign_in_codes_of_key').on(table.apiKeyId), index('sign_in_codes_expiry').on(table.expiresAt)],
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

/**
 * One line for each event that a project's watchers want to hear of. They are written by triggers (migrations 0009 and 0014), in the
 * transaction that does it: whoever writes to one of those tables cannot forget it. Another trigger says so on `carrel_project_events`.
 *
 * `projectId` is no foreign key. Its check would lock the project of whoever has changed a row of it, while whoever deletes the project has
 * locked that and waits for the row. A trigger removes the lines with their project instead.
 */
export const projectEvents = carrelSchema.table(
  'project_events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** The transaction that wrote it: ids come in the order of asking, which is not that of committing. */
    xid: xid8('xid').notNull().default(sql`pg_current_xact_id()`),
    writtenAt: timestamp('written_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
    projectId: text('project_id').notNull(),
    /** What a key must be good for to read the line. */
    scope: text('scope').$type<Scope>().notNull(),
    type: text('type').$type<ProjectEvent['type']>().notNull(),
    createdAt: moment('created_at').notNull(),
    browserId: text('browser_id'),
    taskId: text('task_id'),
    sessionId: text('session_id'),
    endUserId: text('end_user_id'),
    profileId: text('profile_id'),
    webhookId: text('webhook_id'),
    apiKeyId: text('api_key_id'),
    eventId: integer('event_id'),
  },
  (table) => [index('project_events_of_project').on(table.projectId, table.xid, table.id), index('project_events_age').on(table.writtenAt)],
);
