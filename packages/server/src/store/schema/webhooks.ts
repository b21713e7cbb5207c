import type { WebhookDelivery, WebhookEventType, WebhookPayload } from '@carrel/protocol';
import { sql } from 'drizzle-orm';
import { boolean, index, json, text } from 'drizzle-orm/pg-core';
import { browsers } from './browsers.js';
import { bytea, carrelSchema, moment } from './columns.js';
import { projects } from './projects.js';
import { tasks } from './tasks.js';

export const webhooks = carrelSchema.table(
  'webhooks',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    url: text('url').notNull(),
    events: text('events').array().$type<WebhookEventType[]>().notNull(),
    isEnabled: boolean('is_enabled').notNull().default(true),
    /** Sealed with the master key. */
    sealedSecret: bytea('sealed_secret').notNull(),
    /** The one before, with which deliveries are signed too until then. */
    sealedEarlierSecret: bytea('sealed_earlier_secret'),
    earlierSecretUntil: moment('earlier_secret_until'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [index('webhooks_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc())],
);

export const webhookDeliveries = carrelSchema.table(
  'webhook_deliveries',
  {
    id: text('id').primaryKey(),
    webhookId: text('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    /** What it tells of: one of the two. */
    taskId: text('task_id').references(() => tasks.id, { onDelete: 'cascade' }),
    browserId: text('browser_id').references(() => browsers.id, { onDelete: 'cascade' }),
    type: text('type').$type<WebhookEventType>().notNull(),
    payload: json('payload').$type<WebhookPayload>().notNull(),
    /** Where a person can do what a browser waits for, which is a secret: sealed with the master key. */
    sealedLink: bytea('sealed_link'),
    status: text('status').$type<WebhookDelivery['status']>().notNull(),
    attempts: json('attempts').$type<WebhookDelivery['attempts']>().notNull().default([]),
    nextAttemptAt: moment('next_attempt_at'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('webhook_deliveries_of_webhook').on(table.webhookId, table.createdAt.desc(), table.id.desc()),
    index('webhook_deliveries_of_task').on(table.taskId),
    index('webhook_deliveries_of_browser').on(table.browserId),
    index('webhook_deliveries_due').on(table.nextAttemptAt).where(sql`${table.status} = 'pending'`),
  ],
);
