import { type ApiKey, CarrelError, newId, type RecordRequest, type Scope } from '@carrel/protocol';
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { Database, Queries } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import { KEYS_CHANNEL } from './node-session.js';
import { apiKeys, projects } from './schema/index.js';
import { hashSecret, hintOf, newApiKeySecret } from './secrets.js';
import { assertStorable } from './storable.js';
import { sqlState } from './store-error.js';
import type { WriteBehind } from './write-behind.js';

const MAX_CACHED_KEYS = 10_000;
/** A bound for what nobody foresees; a revocation clears the cache at once. */
const MAX_CACHE_AGE_MS = 60_000;
const MINUTE_MS = 60_000;
const FOREIGN_KEY_VIOLATION = '23503';

type Row = typeof apiKeys.$inferSelect;

/** Whom a request comes from. */
export interface VerifiedKey {
  readonly id: string;
  readonly projectId: string;
  readonly scopes: readonly Scope[];
  /** How many browsers the project may have open at once. */
  readonly maxBrowsers: number;
  /** Whether its browsers are recorded that do not say; null: as the server says. */
  readonly record: RecordRequest | null;
}

export interface ApiKeysOptions {
  readonly database: Database;
  readonly writes: WriteBehind;
  readonly defaultMaxBrowsers: number;
  /** Whether revocations by other servers are heard at the moment. */
  readonly canCache: () => boolean;
}

/** The keys that requests come with. Only hashes of their secrets are kept. */
export class ApiKeys {
  readonly #options: ApiKeysOptions;
  readonly #verified = new LRUCache<string, VerifiedKey>({ max: MAX_CACHED_KEYS, ttl: MAX_CACHE_AGE_MS });
  /** Minute of the last use that was noted, by key. */
  readonly #notedMinute = new LRUCache<string, number>({ max: MAX_CACHED_KEYS });
  /** Counts up with every change, so that what was read before one is not cached after it. */
  #generation = 0;

  constructor(options: ApiKeysOptions) {
    this.#options = options;
  }

  /**
   * Makes a key. The secret is in the answer and nowhere else.
   *
   * @throws CarrelError `not_found` when there is no such project.
   */
  async create(key: { projectId: string; name: string; scopes: readonly Scope[] }): Promise<{ apiKey: ApiKey; secret: string }> {
    assertStorable({ name: key.name });
    const secret = newApiKeySecret();
    const row = newRow({ ...key, secret, source: 'api' });
    try {
      await this.#options.database.run((queries) => queries.insert(apiKeys).values(row));
    } catch (error) {
      if (sqlState(error) !== FOREIGN_KEY_VIOLATION) throw error;
      throw new CarrelError('not_found', `There is no project ${key.projectId}.`, { cause: error });
    }
    return { apiKey: toResource(row), secret };
  }

  /**
   * Who the secret belongs to; null when nobody, or no longer. Notes the use, to the minute.
   *
   * @throws CarrelError `store_unavailable` when it is not known by heart and the database is away.
   */
  async verify(secret: string): Promise<VerifiedKey | null> {
    const hash = hashSecret(secret);
    const cacheKey = hash.toString('base64');
    const cached = this.#options.canCache() ? this.#verified.get(cacheKey) : undefined;
    const key = cached ?? (await this.#look(hash, cacheKey));
    if (key !== null) this.#noteUse(key.id);
    return key;
  }

  /** The same for whoever is signed in as that key: looked up each time, so that they are out with it. */
  async verifyId(id: string): Promise<VerifiedKey | null> {
    const key = await this.#find(eq(apiKeys.id, id));
    if (key !== null) this.#noteUse(key.id);
    return key;
  }

  /** Newest first, the revoked ones too. */
  async list(projectId: string, { limit, cursor }: PageQuery): Promise<Page<ApiKey>> {
    await this.#options.writes.flush(); // for the times of last use
    const rows = await this.#options.database.run((queries) =>
      queries
        .select()
        .from(apiKeys)
        .where(after(apiKeys, cursor, eq(apiKeys.projectId, projectId)))
        .orderBy(...newestFirst(apiKeys))
        .limit(limit + 1),
    );
    return pageOf(rows, limit, toResource);
  }

  /**
   * Revokes a key, at once and in every server of the database. Revoking again changes nothing.
   *
   * @throws CarrelError `not_found` when the project has no such key.
   */
  async revoke(projectId: string, id: string): Promise<ApiKey> {
    const row = await this.#options.database.transaction(async (queries) => {
      const revokedAt = sql`coalesce(${apiKeys.revokedAt}, ${new Date().toISOString()}::timestamptz)`;
      const isIt = and(eq(apiKeys.id, id), eq(apiKeys.projectId, projectId));
      const [revoked] = await queries.update(apiKeys).set({ revokedAt }).where(isIt).returning();
      await announceKeyChange(queries);
      return revoked;
    });
    this.forgetVerified();
    if (row === undefined) throw new CarrelError('not_found', `There is no API key ${id} in this project.`);
    return toResource(row);
  }

  /** Forgets what is known by heart: some key is no longer what it was. */
  forgetVerified(): void {
    this.#generation++;
    this.#verified.clear();
  }

  async #look(hash: Buffer, cacheKey: string): Promise<VerifiedKey | null> {
    const generation = this.#generation;
    const couldCache = this.#options.canCache();
    const key = await this.#find(eq(apiKeys.secretHash, hash));
    const canCache = couldCache && this.#options.canCache() && generation === this.#generation;
    if (key !== null && canCache) this.#verified.set(cacheKey, key);
    return key;
  }

  /** The one key that the condition is for; null when there is none, or it is revoked. */
  async #find(condition: SQL): Promise<VerifiedKey | null> {
    const [found] = await this.#options.database.run((queries) =>
      queries
        .select({
          id: apiKeys.id,
          projectId: apiKeys.projectId,
          scopes: apiKeys.scopes,
          maxBrowsers: projects.maxBrowsers,
          record: projects.record,
        })
        .from(apiKeys)
        .innerJoin(projects, eq(projects.id, apiKeys.projectId))
        .where(and(condition, isNull(apiKeys.revokedAt))),
    );
    return found === undefined ? null : { ...found, maxBrowsers: found.maxBrowsers ?? this.#options.defaultMaxBrowsers };
  }

  #noteUse(id: string): void {
    const minute = Math.floor(Date.now() / MINUTE_MS);
    if (this.#notedMinute.get(id) === minute) return;
    this.#notedMinute.set(id, minute);
    this.#options.writes.noteKeyUse(id, new Date(minute * MINUTE_MS));
  }
}

/** Tells every server of the database, when the transaction is committed, that keys changed. */
export async function announceKeyChange(queries: Queries): Promise<void> {
  await queries.execute(sql`select pg_notify(${KEYS_CHANNEL}, '')`);
}

/** The row of a new key. */
export function newRow(key: { projectId: string; name: string; scopes: readonly Scope[]; secret: string; source: Row['source'] }): Row {
  const { secret, scopes, ...rest } = key;
  return {
    ...rest,
    id: newId('apiKey'),
    scopes: [...scopes],
    secretHash: hashSecret(secret),
    hint: hintOf(secret),
    createdAt: new Date(),
    lastUsedAt: null,
    revokedAt: null,
  };
}

function toResource({ id, projectId, name, scopes, hint, createdAt, lastUsedAt, revokedAt }: Row): ApiKey {
  return {
    id,
    projectId,
    name,
    scopes,
    hint,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}
