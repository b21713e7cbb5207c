import type { BrowserKind, ProfileVersion } from '@carrel/protocol';
import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, json, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';
import { bytea, carrelSchema, moment } from './columns.js';
import { projects } from './projects.js';

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
