import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, text } from 'drizzle-orm/pg-core';
import { bytea, carrelSchema, moment } from './columns.js';
import { projects } from './projects.js';

/** A server: its data directory, whether it runs, and where it is reached. */
export const nodes = carrelSchema.table('nodes', {
  id: text('id').primaryKey(),
  /** Where others send callers to: `CARREL_PUBLIC_URL`, or where it listens. */
  url: text('url').notNull(),
  startedAt: moment('started_at').notNull(),
  /** Names the master keys that it has. */
  masterKeyIds: text('master_key_ids').array().notNull().default([]),
  /** Null: it runs, or was killed and that was not noticed yet. */
  stoppedAt: moment('stopped_at'),
});

/** One row: what all servers of the database agree on. */
export const deployment = carrelSchema.table('deployment', {
  id: integer('id').primaryKey(),
  /** Names the master key that wraps everything now: a server that does not have it does not start. */
  masterKeyId: text('master_key_id').notNull(),
});

/** A place for a browser within the limit of its project, while several servers share that. A server that is alone keeps none here. */
export const browserPlaces = carrelSchema.table(
  'browser_places',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    nodeId: text('node_id').notNull(),
  },
  (table) => [index('browser_places_of_project').on(table.projectId), index('browser_places_of_node').on(table.nodeId)],
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
