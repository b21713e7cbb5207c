import { z } from 'zod';
import { apiKeyId } from './admin.js';
import { browserEvent, browserId } from './browsers.js';
import { endUserId, timestamp } from './common.js';
import { profileId } from './profiles.js';
import { sessionId, taskEvent, taskId } from './tasks.js';
import { webhookId } from './webhooks.js';

/**
 * What happens to what has no log of its own. Named as the actions of the audit log are; those of them that change nothing else are told to
 * who may read that.
 */
const RESOURCE_EVENTS = [
  'recording.started',
  'recording.ended',
  'recording.deleted',
  'session.deleted',
  'profile.created',
  'profile.updated',
  'profile.deleted',
  'profile.imported',
  'profile.exported',
  'credentials.set',
  'credentials.deleted',
  'end_user.exported',
  'end_user.deleted',
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.delivery_succeeded',
  'webhook.delivery_retrying',
  'webhook.delivery_failed',
  'api_key.created',
  'api_key.revoked',
  'project.updated',
  'project.deleted',
  'master_key.rotated',
] as const;

/** A line of the log of a whole project: that something happened, and to what. What it is then, the thing itself says. */
export const projectEvent = z
  .object({
    id: z
      .number()
      .int()
      .describe('Names the line, for `after`. Lines come in one order to all readers, which is not that of these numbers.'),
    type: z
      .enum([...browserEvent.shape.type.options, ...taskEvent.shape.type.options, ...RESOURCE_EVENTS])
      .describe(
        'As in the log of the browser or the task, without what pages and models do all the time (tabs, downloads, actions, calls). And what ' +
          'happens to recordings, sessions, profiles, credentials, end users, webhooks, API keys and the project: `profile.updated` when ' +
          'anything of a profile changes other than by a browser, which is `profile.saved`; `webhook.delivery_retrying` when an attempt ' +
          'failed and another follows, `webhook.delivery_failed` when none does. `profile.exported`, `profile.imported`, ' +
          '`end_user.exported`, `project.deleted` and `master_key.rotated` are those of the audit log. An end user is there from the first ' +
          'line that names them.',
      ),
    createdAt: timestamp,
    browserId: browserId
      .nullable()
      .describe('The browser whose line it is, whose recording it is about, or that a webhook was told of. Of a line of a task: null.'),
    taskId: taskId.nullable().describe('The task whose line it is, or that a webhook was told of.'),
    sessionId: sessionId.nullable(),
    endUserId: endUserId.nullable(),
    profileId: profileId.nullable().describe('The profile that it happened to, or that the browser has.'),
    webhookId: webhookId.nullable(),
    apiKeyId: apiKeyId.nullable().describe('The API key that was made or revoked.'),
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
