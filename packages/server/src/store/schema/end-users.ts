import { foreignKey, index, integer, primaryKey, text } from 'drizzle-orm/pg-core';
import { bytea, carrelSchema, moment } from './columns.js';
import { projects } from './projects.js';

/** The caller's own customers that there is something of. */
export const endUsers = carrelSchema.table(
  'end_users',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    id: text('id').notNull(),
    /** The key of their credentials and signed-in state, wrapped by a master key. Null: there are none yet, or they are being deleted. */
    wrappedKey: bytea('wrapped_key'),
    /** Names the master key. */
    masterKeyId: text('master_key_id'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.id] }),
    index('end_users_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('end_users_of_master_key').on(table.masterKeyId),
  ],
);

/** A login, the cookies or the storage of an origin of an end user: sealed with the end user's key. */
export const credentials = carrelSchema.table(
  'credentials',
  {
    projectId: text('project_id').notNull(),
    endUserId: text('end_user_id').notNull(),
    kind: text('kind').$type<'login' | 'cookie' | 'origin'>().notNull(),
    /** Of a login its alias, of a cookie a keyed hash of its place, of storage a keyed hash of its origin. */
    name: text('name').notNull(),
    sealed: bytea('sealed').notNull(),
    /** Counts up with each change: what was changed meanwhile is merged. */
    revision: integer('revision').notNull().default(1),
    updatedAt: moment('updated_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.endUserId, table.kind, table.name] }),
    foreignKey({ columns: [table.projectId, table.endUserId], foreignColumns: [endUsers.projectId, endUsers.id] }).onDelete('cascade'),
  ],
);
