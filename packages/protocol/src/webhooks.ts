import { z } from 'zod';
import { listQuery, timestamp } from './common.js';
import { idSchema } from './ids.js';
import { taskEvent } from './tasks.js';

export const webhookId = idSchema('webhook').describe('Id of a webhook.');
export const deliveryId = idSchema('delivery').describe('Id of a delivery: the same for each attempt (the header `webhook-id`).');

/** What webhooks tell of: the states of tasks, and questions to people. */
export const WEBHOOK_EVENTS = [
  'task.created',
  'task.running',
  'task.paused',
  'task.resumed',
  'task.completed',
  'task.failed',
  'task.cancelled',
  'human.asked',
] as const;
const webhookEvent = z.enum(WEBHOOK_EVENTS);
export type WebhookEventType = z.infer<typeof webhookEvent>;

const isWithoutCredentials = (text: string) => {
  const { username, password } = new URL(text);
  return username === '' && password === '';
};
const url = z
  .url({ protocol: /^https?$/ })
  .max(2048)
  .refine((text) => !URL.canParse(text) || isWithoutCredentials(text), 'must be without credentials')
  .describe('Where to POST. It must be on the public internet, unless the operator lets webhooks reach more (`CARREL_WEBHOOK_ALLOW`).');
const events = z
  .array(webhookEvent)
  .min(1)
  .describe('What to tell. Default: `task.completed`, `task.failed`, `task.cancelled`, `human.asked`.');

/**
 * Somewhere that is told of what happens. Deliveries are signed as Standard Webhooks say (https://www.standardwebhooks.com). One may come
 * more than once, under the same `webhook-id`, and in any order: `data.event.id` has that of the task's log.
 */
export const webhook = z
  .object({
    id: webhookId,
    url,
    events,
    isEnabled: z.boolean().describe('False: nothing is delivered, and nothing is kept to be.'),
    createdAt: timestamp,
    secret: z
      .string()
      .optional()
      .describe('`whsec_…`: what deliveries are signed with. Shown when it is made or renewed, and never again.'),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof webhook>;

export const createWebhookRequest = z.strictObject({ url, events: events.optional() }).meta({ id: 'CreateWebhookRequest' });
export type CreateWebhookRequest = z.infer<typeof createWebhookRequest>;
export const updateWebhookRequest = z
  .strictObject({ url: url.optional(), events: events.optional(), isEnabled: z.boolean().optional() })
  .refine((value) => Object.keys(value).length > 0, 'names nothing to change')
  .meta({ id: 'UpdateWebhookRequest' });
export type UpdateWebhookRequest = z.infer<typeof updateWebhookRequest>;
export const webhookParams = z.strictObject({ id: webhookId });
export const deliveryParams = z.strictObject({ id: webhookId, deliveryId });

/** The body of a delivery. */
export const webhookPayload = z
  .object({
    type: webhookEvent,
    timestamp,
    data: z.object({
      taskId: z.string(),
      sessionId: z.string(),
      endUserId: z.string(),
      status: z.string(),
      metadata: z.record(z.string(), z.string()),
      event: taskEvent.describe('As it is in the log of the task.'),
    }),
  })
  .meta({ id: 'WebhookPayload' });
export type WebhookPayload = z.infer<typeof webhookPayload>;

/** Something that a webhook was told, or is to be told. */
export const webhookDelivery = z
  .object({
    id: deliveryId,
    type: webhookEvent,
    taskId: z.string(),
    status: z
      .enum(['pending', 'delivered', 'failed'])
      .describe('`failed`: given up after a day of attempts, or at once where none could help.'),
    attempts: z.array(
      z.object({
        at: timestamp,
        status: z.number().int().nullable().describe('Of the HTTP answer; null: there was none.'),
        error: z.string().nullable(),
        durationMs: z.number().int(),
      }),
    ),
    nextAttemptAt: timestamp.nullable(),
    createdAt: timestamp,
  })
  .meta({ id: 'WebhookDelivery' });
export type WebhookDelivery = z.infer<typeof webhookDelivery>;
export const listDeliveriesQuery = listQuery.extend({
  status: webhookDelivery.shape.status.optional().describe('Only those in this state.'),
});
