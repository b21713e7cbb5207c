import { z } from 'zod';
import { browserEvent, browserStatus } from './browsers.js';
import { listQuery, timestamp } from './common.js';
import { idSchema } from './ids.js';
import { taskEvent } from './tasks.js';

export const webhookId = idSchema('webhook').describe('Id of a webhook.');
export const deliveryId = idSchema('delivery').describe('Id of a delivery: the same for each attempt (the header `webhook-id`).');

/** What webhooks tell of tasks: their states, and questions to people. */
export const TASK_WEBHOOK_EVENTS = [
  'task.created',
  'task.running',
  'task.paused',
  'task.resumed',
  'task.completed',
  'task.failed',
  'task.cancelled',
  'human.asked',
] as const;
/** What they tell of browsers that are no task's: that one waits for a person, and how signing in ended. */
export const BROWSER_WEBHOOK_EVENTS = ['human.needed', 'login.saved', 'login.failed'] as const;
/** What a webhook is told that does not say what it wants. */
export const DEFAULT_WEBHOOK_EVENTS = [
  'task.completed',
  'task.failed',
  'task.cancelled',
  'human.asked',
  ...BROWSER_WEBHOOK_EVENTS,
] as const satisfies readonly WebhookEventType[];
const webhookEvent = z.enum([...TASK_WEBHOOK_EVENTS, ...BROWSER_WEBHOOK_EVENTS]);
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
  .describe(`What to tell. Default: ${DEFAULT_WEBHOOK_EVENTS.map((event) => `\`${event}\``).join(', ')}.`);

/**
 * Somewhere that is told of what happens. Deliveries are signed as Standard Webhooks say (https://www.standardwebhooks.com). One may come
 * more than once, under the same `webhook-id`, and in any order: `data.event.id` has that of the log of the task or browser.
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

const metadata = z.record(z.string(), z.string());
const linkUrl = z
  .string()
  .optional()
  .describe('Of `human.asked` and `human.needed`: where a person without an account can do it. A secret; left out once it is over.');

/** The body of a delivery. */
export const webhookPayload = z
  .discriminatedUnion('type', [
    z.object({
      type: z.enum(TASK_WEBHOOK_EVENTS),
      timestamp,
      data: z.object({
        taskId: z.string(),
        sessionId: z.string(),
        endUserId: z.string(),
        status: z.string(),
        metadata,
        event: taskEvent.describe('As it is in the log of the task.'),
        url: linkUrl,
      }),
    }),
    z.object({
      type: z.enum(BROWSER_WEBHOOK_EVENTS),
      timestamp,
      data: z.object({
        browserId: z.string(),
        endUserId: z.string().nullable(),
        status: browserStatus,
        metadata,
        event: browserEvent.describe('As it is in the log of the browser.'),
        url: linkUrl,
      }),
    }),
  ])
  .meta({ id: 'WebhookPayload' });
export type WebhookPayload = z.infer<typeof webhookPayload>;

/** Something that a webhook was told, or is to be told. */
export const webhookDelivery = z
  .object({
    id: deliveryId,
    type: webhookEvent,
    taskId: z.string().nullable().describe('The task that it tells of; null: it tells of a browser.'),
    browserId: z.string().nullable(),
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
