import { type BrowserEvent, CarrelError, type TaskEvent, type WebhookDelivery, type WebhookPayload } from '@carrel/protocol';
import { and, asc, eq, inArray, lt, lte, notInArray, sql } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import type { MasterKeys } from './master-keys.js';
import { webhookDeliveries, webhooks } from './schema/index.js';
import type { TaskEventSink, TaskRow } from './task-row.js';
import { type BrowserNotice, DELIVERIES_CHANNEL, tellOfTask } from './tell-webhooks.js';
import { giveUpPending, type SealedSecrets } from './webhooks.js';
import type { BrowserRecord } from './write-batch.js';

export { DELIVERIES_CHANNEL } from './tell-webhooks.js';

/** How long an attempt is its server's alone: longer than one may take. */
const LEASE_SECONDS = 60;
const KEPT_DAYS = 30;
/** How far a look for what is due goes: past this, one webhook has more than all can take in a while. */
const MAX_LOOKED_AT = 1000;

type Row = typeof webhookDeliveries.$inferSelect;
/** What one attempt came to. */
export type Attempt = WebhookDelivery['attempts'][number];

/** A delivery that this server is to attempt now. */
export interface DueDelivery extends SealedSecrets {
  readonly id: string;
  readonly webhookId: string;
  readonly projectId: string;
  readonly url: string;
  readonly payload: WebhookPayload;
  /** Of a browser that waits for a person: where it is done; null: it does not wait, or no longer. */
  readonly link: string | null;
  readonly attempts: readonly Attempt[];
  /** Names this attempt: whoever has it writes only while it is that. */
  readonly leaseUntil: Date;
}

/** How many deliveries to take, and not all of one webhook or one project: none shall wait behind a receiver that is slow. */
export interface ClaimLimits {
  readonly limit: number;
  readonly perWebhook: number;
  readonly perProject: number;
  /** Of these none. */
  readonly busyWebhooks: readonly string[];
  readonly busyProjects: readonly string[];
}

/** What is so of a delivery after an attempt; `gone`: its receiver wants nothing more, ever. */
export type DeliveryOutcome = 'delivered' | 'failed' | 'gone' | { readonly retryAfterMs: number };

/**
 * What webhooks are to be told, and were. A delivery is written in the transaction of what it tells of, so that neither is without the
 * other, and attempted until its receiver has said that it got it: more than once, perhaps, and in no promised order.
 */
export class WebhookDeliveries implements TaskEventSink {
  readonly #database: Database;
  readonly #masterKeys: MasterKeys;

  constructor(database: Database, masterKeys: MasterKeys) {
    this.#database = database;
    this.#masterKeys = masterKeys;
  }

  /** Writes what an event of a task has webhooks told, as a part of the transaction that writes the event. */
  async add(queries: Queries, task: TaskRow, event: TaskEvent): Promise<void> {
    await tellOfTask(queries, task, event);
  }

  /**
   * What is to be written with an event of a browser that webhooks are told of.
   * @param link where a person can do what it waits for, a secret
   */
  noticeOf(record: BrowserRecord, event: BrowserEvent, link: string | null): BrowserNotice {
    const sealedLink = link === null ? null : this.#masterKeys.seal('human-link', contextOf(record.id, event.id), Buffer.from(link));
    return { record, sealedLink };
  }

  /** Takes deliveries whose time has come, oldest first, for this server to attempt. */
  async claim({ limit, perWebhook, perProject, busyWebhooks, busyProjects }: ClaimLimits): Promise<DueDelivery[]> {
    const table = webhookDeliveries;
    const isDue = and(eq(table.status, 'pending'), sql`${table.nextAttemptAt} <= now()`);
    const isFree = and(
      busyWebhooks.length > 0 ? notInArray(webhooks.id, [...busyWebhooks]) : undefined,
      busyProjects.length > 0 ? notInArray(webhooks.projectId, [...busyProjects]) : undefined,
    );
    return await this.#database.run(async (queries) => {
      const due = queries
        .$with('due')
        .as(
          queries
            .select({ id: table.id, at: table.nextAttemptAt, webhookId: table.webhookId, projectId: webhooks.projectId })
            .from(table)
            .innerJoin(webhooks, eq(webhooks.id, table.webhookId))
            .where(and(isDue, isFree))
            .orderBy(asc(table.nextAttemptAt))
            .limit(MAX_LOOKED_AT),
        );
      const ofWebhook = sql<number>`row_number() over (partition by ${due.webhookId} order by ${due.at})`.as('of_webhook');
      const ofProject = sql<number>`row_number() over (partition by ${due.projectId} order by ${due.at})`.as('of_project');
      const ranked = queries.$with('ranked').as(queries.select({ id: due.id, ofWebhook, ofProject }).from(due));
      const within = queries
        .select({ id: ranked.id })
        .from(ranked)
        .where(and(lte(ranked.ofWebhook, perWebhook), lte(ranked.ofProject, perProject)));
      // Looked at again under the lock: another server may have taken it between. A CTE that locks is evaluated once.
      const chosen = queries.$with('chosen').as(
        queries
          .select({ id: table.id })
          .from(table)
          .where(and(isDue, inArray(table.id, within)))
          .orderBy(asc(table.nextAttemptAt))
          .limit(limit)
          .for('update', { skipLocked: true }),
      );
      const { id, webhookId, payload, sealedLink, attempts, nextAttemptAt } = table;
      const { url, projectId, sealedSecret, sealedEarlierSecret, earlierSecretUntil } = webhooks;
      const rows = await queries
        .with(due, ranked, chosen)
        .update(table)
        .set({ nextAttemptAt: sql`now() + ${LEASE_SECONDS} * interval '1 second'` })
        .from(webhooks)
        .where(and(sql`${table.id} in (select id from ${chosen})`, eq(webhooks.id, table.webhookId)))
        .returning({
          ...{ id, webhookId, payload, sealedLink, attempts, nextAttemptAt },
          ...{ url, projectId, sealedSecret, sealedEarlierSecret, earlierSecretUntil },
        });
      return rows.map(({ nextAttemptAt: leaseUntil, sealedLink: sealed, ...row }) => ({
        ...row,
        link: this.#linkOf(row.payload, sealed),
        leaseUntil: leaseUntil as Date, // set above
      }));
    });
  }

  /** In how many milliseconds the next delivery is due; less than 0: since then. Null: none waits. */
  async nextDueInMs(): Promise<number | null> {
    const table = webhookDeliveries;
    const inMs = sql<number | null>`(extract(epoch from min(${table.nextAttemptAt}) - now()) * 1000)::float8`;
    const [row] = await this.#database.run((queries) => queries.select({ inMs }).from(table).where(eq(table.status, 'pending')));
    return row?.inMs ?? null;
  }

  /** Writes down an attempt and what came of it; nothing when the delivery is no longer ours, or gone. */
  async settle({ id, webhookId, attempts, leaseUntil }: DueDelivery, attempt: Attempt, outcome: DeliveryOutcome): Promise<void> {
    const table = webhookDeliveries;
    const isOurs = and(eq(table.id, id), eq(table.status, 'pending'), eq(table.nextAttemptAt, leaseUntil));
    const isRetry = typeof outcome === 'object';
    const status: Row['status'] = isRetry ? 'pending' : outcome === 'delivered' ? 'delivered' : 'failed';
    const nextAttemptAt = isRetry ? sql`now() + ${Math.round(outcome.retryAfterMs)} * interval '1 millisecond'` : null;
    const isWebhook = eq(webhooks.id, webhookId);
    await this.#database.transaction(async (queries) => {
      // The webhook first, as all do that lock both: else two of them could wait for each other.
      if (outcome === 'gone') await queries.select({ id: webhooks.id }).from(webhooks).where(isWebhook).for('no key update');
      const changes = { attempts: [...attempts, attempt], status, nextAttemptAt };
      const settled = await queries.update(table).set(changes).where(isOurs).returning({ id: table.id });
      if (outcome !== 'gone' || settled.length === 0) return;
      await queries.update(webhooks).set({ isEnabled: false }).where(isWebhook);
      await giveUpPending(queries, webhookId);
    });
  }

  /** Gives back a delivery whose attempt was broken off by this server: another one makes it. */
  async release({ id, leaseUntil }: DueDelivery): Promise<void> {
    const table = webhookDeliveries;
    const isOurs = and(eq(table.id, id), eq(table.status, 'pending'), eq(table.nextAttemptAt, leaseUntil));
    await this.#database.run((queries) => queries.update(table).set({ nextAttemptAt: sql`now()` }).where(isOurs));
  }

  /** Newest first. @throws {CarrelError} `not_found` */
  async list(
    projectId: string,
    webhookId: string,
    { limit, cursor, status }: PageQuery & { status?: WebhookDelivery['status'] | undefined },
  ): Promise<Page<WebhookDelivery>> {
    const table = webhookDeliveries;
    const inState = status === undefined ? undefined : eq(table.status, status);
    return await this.#database.run(async (queries) => {
      await refuseUnknown(queries, projectId, webhookId);
      const rows = await queries
        .select()
        .from(table)
        .where(after(table, cursor, eq(table.webhookId, webhookId), inState))
        .orderBy(...newestFirst(table))
        .limit(limit + 1);
      return pageOf(rows, limit, toResource);
    });
  }

  /**
   * Has something delivered again, under the same id. Its attempts go on counting: one that had all of them gets one more.
   * @throws {CarrelError} `not_found`; `conflict` while it waits to be delivered anyway, or its webhook is disabled
   */
  async redeliver(projectId: string, webhookId: string, id: string): Promise<WebhookDelivery> {
    const table = webhookDeliveries;
    return await this.#database.transaction(async (queries) => {
      const { isEnabled } = await refuseUnknown(queries, projectId, webhookId);
      const isIt = and(eq(table.id, id), eq(table.webhookId, webhookId));
      const [row] = await queries.select().from(table).where(isIt).for('update');
      if (row === undefined) throw new CarrelError('not_found', `Webhook ${webhookId} has no delivery ${id}, or no longer.`);
      if (row.status === 'pending') {
        throw new CarrelError('conflict', `Delivery ${id} waits for its next attempt already; its nextAttemptAt says when that is.`);
      }
      if (!isEnabled) throw new CarrelError('conflict', `Webhook ${webhookId} is disabled. Enable it, and ask again.`);
      const [again] = await queries.update(table).set({ status: 'pending', nextAttemptAt: sql`now()` }).where(isIt).returning();
      await queries.execute(sql`select pg_notify(${DELIVERIES_CHANNEL}, '')`);
      return toResource(again ?? row);
    });
  }

  /** Null: there is none, its time is over, or it was sealed with a master key that is not used any more, when its time was. */
  #linkOf({ data }: WebhookPayload, sealed: Buffer | null): string | null {
    if (sealed === null || !('browserId' in data)) return null;
    const { expiresAt } = data.event.data;
    if (typeof expiresAt === 'string' && Date.parse(expiresAt) <= Date.now()) return null;
    try {
      return this.#masterKeys.unseal('human-link', contextOf(data.browserId, data.event.id), sealed).toString();
    } catch {
      return null; // the rest is told all the same, and says how to find out more
    }
  }

  /** Removes what is older than thirty days. */
  async prune(): Promise<void> {
    const isOld = lt(webhookDeliveries.createdAt, sql`now() - ${KEPT_DAYS} * interval '1 day'`);
    await this.#database.run((queries) => queries.delete(webhookDeliveries).where(isOld));
  }
}

/** Locks the webhook against being disabled. */
async function refuseUnknown(queries: Queries, projectId: string, id: string): Promise<{ isEnabled: boolean }> {
  const isIt = and(eq(webhooks.id, id), eq(webhooks.projectId, projectId));
  const [row] = await queries.select({ isEnabled: webhooks.isEnabled }).from(webhooks).where(isIt).for('share');
  if (row === undefined) throw new CarrelError('not_found', `There is no webhook ${id} in this project.`);
  return row;
}

const contextOf = (browserId: string, eventId: number) => `${browserId}\n${eventId}`;

function toResource({ id, type, taskId, browserId, status, attempts, nextAttemptAt, createdAt }: Row): WebhookDelivery {
  return {
    ...{ id, type, taskId, browserId, status, attempts },
    nextAttemptAt: nextAttemptAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
}
