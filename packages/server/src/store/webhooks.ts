import { randomBytes } from 'node:crypto';
import {
  CarrelError,
  type CreateWebhookRequest,
  DEFAULT_WEBHOOK_EVENTS,
  newId,
  type UpdateWebhookRequest,
  type Webhook,
} from '@carrel/protocol';
import { and, count, eq } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import type { MasterKeys } from './master-keys.js';
import { projects, webhookDeliveries, webhooks } from './schema/index.js';
import { assertStorable } from './storable.js';

/** Of a project: each is a row and a request for each thing that happens. */
const MAX_WEBHOOKS = 50;
/** Standard Webhooks: between 24 and 64 bytes. */
const SECRET_BYTES = 32;
/** How long deliveries are signed with the secret before, too. */
const OVERLAP_MS = 24 * 3_600_000;

type Row = typeof webhooks.$inferSelect;
/** What a new secret comes with: it is shown this once. */
type WebhookWithSecret = Webhook & { secret: string };

/** Who is told of what happens, and what their deliveries are signed with. */
export class Webhooks {
  readonly #database: Database;
  readonly #masterKeys: MasterKeys;

  constructor(database: Database, masterKeys: MasterKeys) {
    this.#database = database;
    this.#masterKeys = masterKeys;
  }

  /** @throws {CarrelError} `limit_exceeded` */
  async create(projectId: string, { url, events = [...DEFAULT_WEBHOOK_EVENTS] }: CreateWebhookRequest): Promise<WebhookWithSecret> {
    assertStorable({ url });
    const id = newId('webhook');
    const { secret, sealedSecret } = this.#newSecret(id);
    const row: Row = {
      ...{ id, projectId, url, events: [...new Set(events)], isEnabled: true, createdAt: new Date() },
      ...{ sealedSecret, sealedEarlierSecret: null, earlierSecretUntil: null },
    };
    await this.#database.transaction(async (queries) => {
      // One after the other, so that no two see room for one.
      await queries.select({ id: projects.id }).from(projects).where(eq(projects.id, projectId)).for('no key update');
      const [had] = await queries.select({ webhooks: count() }).from(webhooks).where(eq(webhooks.projectId, projectId));
      if ((had?.webhooks ?? 0) >= MAX_WEBHOOKS) throw tooMany();
      await queries.insert(webhooks).values(row);
    });
    return { ...toResource(row), secret };
  }

  /** @throws {CarrelError} `not_found` */
  async get(projectId: string, id: string): Promise<Webhook> {
    const [row] = await this.#database.run((queries) => queries.select().from(webhooks).where(isOf(projectId, id)));
    return toResource(found(row, id));
  }

  /** Newest first. */
  async list(projectId: string, { limit, cursor }: PageQuery): Promise<Page<Webhook>> {
    const rows = await this.#database.run((queries) =>
      queries
        .select()
        .from(webhooks)
        .where(after(webhooks, cursor, eq(webhooks.projectId, projectId)))
        .orderBy(...newestFirst(webhooks))
        .limit(limit + 1),
    );
    return pageOf(rows, limit, toResource);
  }

  /** What waits to be delivered to one that is disabled is given up. @throws {CarrelError} `not_found` */
  async update(projectId: string, id: string, { url, events, isEnabled }: UpdateWebhookRequest): Promise<Webhook> {
    assertStorable({ url });
    return await this.#database.transaction(async (queries) => {
      const changes = { url, isEnabled, ...(events === undefined ? {} : { events: [...new Set(events)] }) };
      const [row] = await queries.update(webhooks).set(changes).where(isOf(projectId, id)).returning();
      if (isEnabled === false && row !== undefined) await giveUpPending(queries, id);
      return toResource(found(row, id));
    });
  }

  /** With the log of its deliveries. @throws {CarrelError} `not_found` */
  async delete(projectId: string, id: string): Promise<void> {
    const gone = await this.#database.run((queries) => queries.delete(webhooks).where(isOf(projectId, id)).returning({ id: webhooks.id }));
    found(gone[0], id);
  }

  /** Makes a new secret; deliveries are signed with the one before, too, for a day. @throws {CarrelError} `not_found` */
  async rotateSecret(projectId: string, id: string): Promise<WebhookWithSecret> {
    const { secret, sealedSecret } = this.#newSecret(id);
    const changed = await this.#database.run((queries) =>
      queries
        .update(webhooks)
        .set({ sealedSecret, sealedEarlierSecret: webhooks.sealedSecret, earlierSecretUntil: new Date(Date.now() + OVERLAP_MS) })
        .where(isOf(projectId, id))
        .returning(),
    );
    return { ...toResource(found(changed[0], id)), secret };
  }

  /** What a delivery is to be signed with now, the newest first. @throws {CarrelError} `internal` when a secret cannot be decrypted */
  secretsOf(id: string, { sealedSecret, sealedEarlierSecret, earlierSecretUntil }: SealedSecrets): string[] {
    const isOverlap = earlierSecretUntil !== null && earlierSecretUntil.getTime() > Date.now();
    const sealed = [sealedSecret, isOverlap ? sealedEarlierSecret : null].filter((secret) => secret !== null);
    return sealed.map((secret) => this.#masterKeys.unseal('webhook-secret', id, secret).toString());
  }

  #newSecret(id: string): { secret: string; sealedSecret: Buffer } {
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    return { secret, sealedSecret: this.#masterKeys.seal('webhook-secret', id, Buffer.from(secret)) };
  }
}

/** What is kept of the secrets of a webhook. */
export type SealedSecrets = Pick<Row, 'sealedSecret' | 'sealedEarlierSecret' | 'earlierSecretUntil'>;

/** Ends what waits to be delivered to a webhook, as a part of a transaction. */
export async function giveUpPending(queries: Queries, webhookId: string): Promise<void> {
  const areTheirs = and(eq(webhookDeliveries.webhookId, webhookId), eq(webhookDeliveries.status, 'pending'));
  await queries.update(webhookDeliveries).set({ status: 'failed', nextAttemptAt: null }).where(areTheirs);
}

/**
 * Seals with the current master key those secrets that an earlier one sealed: as a part of a change of the master key.
 * @param onUnreadable told of one that none of the keys opens, which stays as it is
 */
export async function resealWebhookSecrets(
  database: Database,
  masterKeys: MasterKeys,
  onUnreadable: (webhookId: string, error: unknown) => void,
): Promise<void> {
  const { id, sealedSecret, sealedEarlierSecret } = webhooks;
  const rows = await database.run((queries) => queries.select({ id, sealedSecret, sealedEarlierSecret }).from(webhooks));
  for (const row of rows) {
    try {
      const current = masterKeys.reseal('webhook-secret', row.id, row.sealedSecret);
      const earlier = row.sealedEarlierSecret === null ? null : masterKeys.reseal('webhook-secret', row.id, row.sealedEarlierSecret);
      const changes = { ...(current && { sealedSecret: current }), ...(earlier && { sealedEarlierSecret: earlier }) };
      if (Object.keys(changes).length === 0) continue;
      // A secret that was renewed meanwhile is sealed with the current key already.
      const isUnchanged = and(eq(id, row.id), eq(sealedSecret, row.sealedSecret));
      await database.run((queries) => queries.update(webhooks).set(changes).where(isUnchanged));
    } catch (error) {
      onUnreadable(row.id, error);
    }
  }
}

const isOf = (projectId: string, id: string) => and(eq(webhooks.id, id), eq(webhooks.projectId, projectId));

function found<T>(row: T | undefined, id: string): T {
  if (row !== undefined) return row;
  throw new CarrelError('not_found', `There is no webhook ${id} in this project.`);
}

function tooMany(): CarrelError {
  return new CarrelError('limit_exceeded', `A project may have at most ${MAX_WEBHOOKS} webhooks. Delete one that is not needed.`, {
    details: { cap: MAX_WEBHOOKS },
  });
}

function toResource({ id, url, events, isEnabled, createdAt }: Row): Webhook {
  return { id, url, events, isEnabled, createdAt: createdAt.toISOString() };
}
