import { and, eq, gt, lte } from 'drizzle-orm';
import { type ApiKeys, announceKeyChange, type VerifiedKey } from './api-keys.js';
import type { Database } from './database.js';
import { dashboardSessions, signInCodes } from './schema/index.js';
import { hashSecret, newToken } from './secrets.js';

const MINUTE_MS = 60_000;
/** How long a session lasts after its last use. */
const SESSION_MS = 12 * 60 * MINUTE_MS;
/** Uses prolong it only when it is shorter by this: not each is a write. */
const PROLONG_AFTER_MS = 10 * MINUTE_MS;
const CODE_MS = 10 * MINUTE_MS;

/**
 * Who is signed in to the dashboard. A session is as its key is: each use looks at both, so that whoever signed in with a key that is
 * revoked, or whose project was deleted, is out at once, on every server. Of its secrets only hashes are kept.
 */
export class DashboardSessions {
  readonly #database: Database;
  readonly #apiKeys: ApiKeys;

  constructor(database: Database, apiKeys: ApiKeys) {
    this.#database = database;
    this.#apiKeys = apiKeys;
  }

  /** A code that opens one session as that key, once, within ten minutes. */
  async createCode(apiKeyId: string): Promise<{ code: string; expiresAt: Date }> {
    const code = newToken();
    const expiresAt = new Date(Date.now() + CODE_MS);
    await this.#database.run((queries) => queries.insert(signInCodes).values({ secretHash: hashSecret(code), apiKeyId, expiresAt }));
    return { code, expiresAt };
  }

  /** Opens a session with an API key; null when that is none. @returns the secret of the session */
  async open(apiKey: string): Promise<string | null> {
    const key = await this.#apiKeys.verify(apiKey);
    return key === null ? null : await this.#insert(key.id);
  }

  /** The same with a code, which is good for nothing then. */
  async redeem(code: string): Promise<string | null> {
    const isIt = and(eq(signInCodes.secretHash, hashSecret(code)), gt(signInCodes.expiresAt, new Date()));
    const [taken] = await this.#database.run((queries) => queries.delete(signInCodes).where(isIt).returning());
    const key = taken === undefined ? null : await this.#apiKeys.verifyId(taken.apiKeyId);
    return key === null ? null : await this.#insert(key.id);
  }

  /** As which key the session is; null when it is over, or the key is no longer good. */
  async verify(secret: string): Promise<VerifiedKey | null> {
    const now = Date.now();
    const isIt = and(eq(dashboardSessions.secretHash, hashSecret(secret)), gt(dashboardSessions.expiresAt, new Date(now)));
    const [session] = await this.#database.run((queries) => queries.select().from(dashboardSessions).where(isIt));
    const key = session === undefined ? null : await this.#apiKeys.verifyId(session.apiKeyId);
    if (session === undefined || key === null) return null;
    const expiresAt = new Date(now + SESSION_MS);
    if (session.expiresAt.getTime() < expiresAt.getTime() - PROLONG_AFTER_MS) {
      await this.#database.run((queries) => queries.update(dashboardSessions).set({ expiresAt }).where(isIt));
    }
    return key;
  }

  /** Ends a session; one that is over already stays so. What is followed through it is told as it is when a key is revoked. */
  async close(secret: string): Promise<void> {
    await this.#database.transaction(async (queries) => {
      const closed = await queries
        .delete(dashboardSessions)
        .where(eq(dashboardSessions.secretHash, hashSecret(secret)))
        .returning();
      if (closed.length > 0) await announceKeyChange(queries);
    });
  }

  /** Removes what is over. */
  async prune(): Promise<void> {
    const now = new Date();
    await this.#database.run(async (queries) => {
      await queries.delete(dashboardSessions).where(lte(dashboardSessions.expiresAt, now));
      await queries.delete(signInCodes).where(lte(signInCodes.expiresAt, now));
    });
  }

  async #insert(apiKeyId: string): Promise<string> {
    const secret = newToken();
    const createdAt = new Date();
    const row = { secretHash: hashSecret(secret), apiKeyId, createdAt, expiresAt: new Date(createdAt.getTime() + SESSION_MS) };
    await this.#database.run((queries) => queries.insert(dashboardSessions).values(row));
    return secret;
  }
}
