import type {
  BrowserEventType,
  BrowserKind,
  BrowserNetwork,
  BrowserProfile,
  BrowserStatus,
  EndReason,
  Identity,
  IsolationLevel,
  NeedsHuman,
  Recording,
  Standby,
  Startup,
  StartupReason,
} from '@carrel/protocol';
import { sql } from 'drizzle-orm';
import { bigint, index, integer, json, primaryKey, text } from 'drizzle-orm/pg-core';
import { bytea, carrelSchema, moment } from './columns.js';
import { projects } from './projects.js';

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
    standby: text('standby').$type<Standby>().notNull().default('off'),
    /** Of those that were opened before there was a pool, `cold` without a reason. */
    startup: text('startup').$type<Startup>().notNull().default('cold'),
    startupReason: text('startup_reason').$type<StartupReason>(),
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
    needsHuman: json('needs_human').$type<NeedsHuman>(),
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

/** What was recorded of browsers. The recordings themselves are files of the server that had the browser. */
export const recordings = carrelSchema.table(
  'recordings',
  {
    /** Of the browser: each has one at most. */
    id: text('browser_id')
      .primaryKey()
      .references(() => browsers.id, { onDelete: 'cascade' }),
    projectId: text('project_id').notNull(),
    endUserId: text('end_user_id'),
    /** Whose turn's browser it is; null: of none. */
    taskId: text('task_id'),
    sessionId: text('session_id'),
    nodeId: text('node_id').notNull(),
    /** The key of what is in the file, wrapped by a master key. Without it the file says nothing. */
    wrappedKey: bytea('wrapped_key').notNull(),
    masterKeyId: text('master_key_id').notNull(),
    createdAt: moment('created_at').notNull(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason').$type<NonNullable<Recording['endReason']>>(),
    durationMs: integer('duration_ms').notNull().default(0),
    frames: integer('frames').notNull().default(0),
    lines: integer('lines').notNull().default(0),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    index('recordings_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('recordings_of_task').on(table.taskId),
    index('recordings_of_session').on(table.sessionId),
    index('recordings_of_node').on(table.nodeId),
    index('recordings_of_master_key').on(table.masterKeyId),
  ],
);
