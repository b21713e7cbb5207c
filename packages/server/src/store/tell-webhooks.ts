import {
  BROWSER_WEBHOOK_EVENTS,
  type BrowserEvent,
  newId,
  TASK_WEBHOOK_EVENTS,
  type TaskEvent,
  type WebhookPayload,
} from '@carrel/protocol';
import { and, arrayContains, eq, sql } from 'drizzle-orm';
import type { Queries } from './database.js';
import { webhookDeliveries, webhooks } from './schema/index.js';
import type { TaskRow } from './task-row.js';
import type { BrowserRecord } from './write-batch.js';

/** Said when something is to be delivered now. */
export const DELIVERIES_CHANNEL = 'carrel_deliveries';

/** What webhooks are told of a browser, beside the event. */
export interface BrowserNotice {
  readonly record: Pick<BrowserRecord, 'id' | 'projectId' | 'endUserId' | 'status' | 'metadata'>;
  /** Where a person can do what it waits for. */
  readonly sealedLink: Buffer | null;
}

/** Writes what an event of a task has webhooks told, as a part of the transaction that writes the event. */
export async function tellOfTask(queries: Queries, task: TaskRow, event: TaskEvent): Promise<void> {
  const type = TASK_WEBHOOK_EVENTS.find((known) => known === event.type);
  if (type === undefined) return;
  const { id: taskId, sessionId, endUserId, status, request } = task;
  const data = { taskId, sessionId, endUserId, status, metadata: request.metadata ?? {}, event };
  await tell(queries, task.projectId, { taskId, payload: { type, timestamp: event.createdAt, data } });
}

/** The same for an event of a browser. */
export async function tellOfBrowser(queries: Queries, { record, sealedLink }: BrowserNotice, event: BrowserEvent): Promise<void> {
  const type = BROWSER_WEBHOOK_EVENTS.find((known) => known === event.type);
  if (type === undefined) return;
  const { id: browserId, projectId, endUserId, status, metadata } = record;
  const data = { browserId, endUserId, status, metadata, event };
  await tell(queries, projectId, { browserId, sealedLink, payload: { type, timestamp: event.createdAt, data } });
}

interface Told {
  readonly taskId?: string;
  readonly browserId?: string;
  readonly sealedLink?: Buffer | null;
  readonly payload: WebhookPayload;
}

async function tell(queries: Queries, projectId: string, { payload, ...about }: Told): Promise<void> {
  const { type } = payload;
  const areToHear = and(eq(webhooks.projectId, projectId), webhooks.isEnabled, arrayContains(webhooks.events, [type]));
  // Locked against being disabled, which gives up what waits.
  const receivers = await queries.select({ id: webhooks.id }).from(webhooks).where(areToHear).for('share');
  if (receivers.length === 0) return;
  const createdAt = new Date(payload.timestamp);
  const rows = receivers.map(({ id: webhookId }) => ({
    ...{ id: newId('delivery'), webhookId, ...about, type, payload, createdAt },
    ...{ status: 'pending' as const, nextAttemptAt: sql`now()` },
  }));
  await queries.insert(webhookDeliveries).values(rows);
  await queries.execute(sql`select pg_notify(${DELIVERIES_CHANNEL}, '')`);
}
