import { z } from 'zod';
import { browserEvent, browserId } from './browsers.js';
import { endUserId, timestamp } from './common.js';
import { sessionId, taskEvent, taskId } from './tasks.js';
import { webhookId } from './webhooks.js';

/** A line of the log of a whole project: that something happened, and to what. What it is then, the thing itself says. */
export const projectEvent = z
  .object({
    id: z
      .number()
      .int()
      .describe('Names the line, for `after`. Lines come in one order to all readers, which is not that of these numbers.'),
    type: z
      .enum([...browserEvent.shape.type.options, ...taskEvent.shape.type.options, 'webhook.delivery_failed'])
      .describe(
        'As in the log of the browser or the task, without what pages and models do all the time (tabs, downloads, actions, calls); and ' +
          '`webhook.delivery_failed` when a delivery is not attempted again.',
      ),
    createdAt: timestamp,
    browserId: browserId.nullable().describe('The browser whose line it is, or that a webhook was not told of. Of a line of a task: null.'),
    taskId: taskId.nullable().describe('The task whose line it is, or that a webhook was not told of.'),
    sessionId: sessionId.nullable(),
    endUserId: endUserId.nullable(),
    webhookId: webhookId.nullable(),
    eventId: z.number().int().nullable().describe('The line in the log of the browser or the task, which has the details.'),
  })
  .meta({ id: 'ProjectEvent' });
export type ProjectEvent = z.infer<typeof projectEvent>;

export const projectEventsQuery = z.strictObject({
  after: z
    .union([z.coerce.number().int().min(0), z.literal('now')])
    .default(0)
    .describe('Only lines that come after this one; `now`: after all there are. Lines are kept for a week.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
