import type { Json } from '@carrel/protocol';
import { boolean, foreignKey, index, json, primaryKey, text } from 'drizzle-orm/pg-core';
import { browsers } from './browsers.js';
import { carrelSchema, moment } from './columns.js';
import { endUsers } from './end-users.js';
import { projects } from './projects.js';

/** The vaults of Notte's clients: the credentials of an end user, which has the same id, by a name. */
export const notteVaults = carrelSchema.table(
  'notte_vaults',
  {
    projectId: text('project_id').notNull(),
    id: text('id').notNull(),
    name: text('name').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.id] }),
    foreignKey({ columns: [table.projectId, table.id], foreignColumns: [endUsers.projectId, endUsers.id] }).onDelete('cascade'),
    index('notte_vaults_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
  ],
);

/** The agents of Notte's clients: each works in a browser that its caller opened, and ends with it at the latest. */
export const notteAgents = carrelSchema.table(
  'notte_agents',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    browserId: text('browser_id')
      .notNull()
      .references(() => browsers.id, { onDelete: 'cascade' }),
    task: text('task').notNull(),
    url: text('url'),
    createdAt: moment('created_at').notNull(),
    /** Null: it works, or its server died. */
    closedAt: moment('closed_at'),
    success: boolean('success'),
    answer: text('answer'),
    /** As clients read them. */
    steps: json('steps').$type<Record<string, Json>[]>().notNull(),
  },
  (table) => [
    index('notte_agents_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('notte_agents_of_browser').on(table.browserId),
  ],
);
