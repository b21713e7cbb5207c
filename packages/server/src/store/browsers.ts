import type { BrowserEventType, BrowserProfile, BrowserStatus } from '@carrel/protocol';
import { and, count, desc, eq, inArray, isNull, max, ne, sql } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import { browserEvents, browsers, profileVersions } from './schema/index.js';
import type { BrowserRecord } from './write-batch.js';
import type { WriteBehind } from './write-behind.js';

/** Why a browser ended whose server is gone. */
export const SERVER_DIED = { code: 'server_died', message: 'The server that ran the browser was killed or crashed.' } as const;

/** Which browsers of a project a list is to have. */
export interface BrowserFilter {
  status?: BrowserStatus | undefined;
  endUserId?: string | undefined;
}

/** The records of browsers, of those that run and of those that ended. They are written by {@link WriteBehind.putBrowser}. */
export class Browsers {
  readonly #database: Database;
  readonly #writes: WriteBehind;
  readonly #nodeId: string;

  constructor(database: Database, writes: WriteBehind, nodeId: string) {
    this.#database = database;
    this.#writes = writes;
    this.#nodeId = nodeId;
  }

  /** Null when the project has none with that id. */
  async get(projectId: string, id: string, signal?: AbortSignal): Promise<BrowserRecord | null> {
    return (await this.find(projectId, id, signal))?.record ?? null;
  }

  /** The same, with the server that has, or had, it. */
  async find(projectId: string, id: string, signal?: AbortSignal): Promise<{ record: BrowserRecord; nodeId: string } | null> {
    await this.#writes.flush(signal);
    const isIt = and(eq(browsers.id, id), eq(browsers.projectId, projectId));
    const [row] = await this.#database.run((queries) => queries.select().from(browsers).where(isIt));
    return row === undefined ? null : { record: toRecord(row), nodeId: row.nodeId };
  }

  /** Which other server has a browser that has not ended, whoever's it is; null: none. */
  async otherNodeOf(id: string): Promise<string | null> {
    const isElsewhere = and(eq(browsers.id, id), ne(browsers.nodeId, this.#nodeId), isNull(browsers.endedAt));
    const [row] = await this.#database.run((queries) => queries.select({ nodeId: browsers.nodeId }).from(browsers).where(isElsewhere));
    return row?.nodeId ?? null;
  }

  /** Those of the browsers that others say have ended, as they took this server for dead. */
  async takenForDead(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const areLost = and(inArray(browsers.id, [...ids]), sql`${browsers.reason}->>'code' = ${SERVER_DIED.code}`);
    const rows = await this.#database.run((queries) => queries.select({ id: browsers.id }).from(browsers).where(areLost));
    return rows.map(({ id }) => id);
  }

  /** How many of the project have not ended, on all servers. */
  async countOpen(projectId: string): Promise<number> {
    await this.#writes.flush();
    const areOpen = and(eq(browsers.projectId, projectId), isNull(browsers.endedAt));
    const [row] = await this.#database.run((queries) => queries.select({ n: count() }).from(browsers).where(areOpen));
    return row?.n ?? 0;
  }

  /** Newest first. */
  async list(projectId: string, query: PageQuery & BrowserFilter, signal?: AbortSignal): Promise<Page<BrowserRecord>> {
    const { limit, cursor, status, endUserId } = query;
    await this.#writes.flush(signal);
    const ofProject = eq(browsers.projectId, projectId);
    const inState = status === undefined ? undefined : eq(browsers.status, status);
    const ofEndUser = endUserId === undefined ? undefined : eq(browsers.endUserId, endUserId);
    const rows = await this.#database.run((queries) =>
      queries
        .select()
        .from(browsers)
        .where(after(browsers, cursor, ofProject, inState, ofEndUser))
        .orderBy(...newestFirst(browsers))
        .limit(limit + 1),
    );
    return pageOf(rows, limit, toRecord);
  }

  /**
   * Marks the browsers that a dead server of this data directory left open as `failed` (`server_died`), with an event each, and another
   * where what it had was to be saved and was not. To be called before this server opens any.
   *
   * @returns their ids.
   */
  async failOrphans(): Promise<string[]> {
    return await this.#database.transaction((queries) => failBrowsersOf(queries, this.#nodeId));
  }
}

/** The same for any dead server, as a part of a transaction. */
export async function failBrowsersOf(queries: Queries, nodeId: string): Promise<string[]> {
  const endedAt = new Date();
  const areOrphans = and(eq(browsers.nodeId, nodeId), isNull(browsers.endedAt));
  const orphans = await queries
    .update(browsers)
    // Of those that slept none does any more.
    .set({
      status: 'failed',
      endedAt,
      reason: SERVER_DIED,
      standby: sql`case when ${browsers.standby} = 'off' then 'off' else 'awake' end`,
    })
    .where(areOrphans)
    .returning({ id: browsers.id, profile: browsers.profile });
  const ids = orphans.map(({ id }) => id);
  if (ids.length === 0) return ids;
  const latest = await queries
    .select({ id: browserEvents.browserId, last: max(browserEvents.id) })
    .from(browserEvents)
    .where(inArray(browserEvents.browserId, ids))
    .groupBy(browserEvents.browserId);
  const lastOf = new Map(latest.map(({ id, last }) => [id, last ?? 0]));
  for (const { id: browserId, profile } of orphans) {
    let last = lastOf.get(browserId) ?? 0;
    const tell = async (type: BrowserEventType, data: Record<string, unknown>) => {
      await queries.insert(browserEvents).values({ browserId, id: ++last, type, createdAt: endedAt, data });
    };
    const left = profile?.persist === true ? await asLeft(queries, browserId, profile) : null;
    if (left !== null) await queries.update(browsers).set({ profile: left }).where(eq(browsers.id, browserId));
    if (left?.error) await tell('profile.save_failed', { ...left.error });
    await tell('browser.failed', { reason: SERVER_DIED });
  }
  return ids;
}

/** How a profile was left by a browser whose server died, which may have saved more than it said. */
async function asLeft(queries: Queries, browserId: string, profile: BrowserProfile): Promise<BrowserProfile> {
  const isIts = and(eq(profileVersions.profileId, profile.id), eq(profileVersions.browserId, browserId));
  const { version, source } = profileVersions;
  const saved = await queries.select({ version, source }).from(profileVersions).where(isIts).orderBy(desc(version));
  const known = { ...profile, savedVersion: saved[0]?.version ?? profile.savedVersion };
  if (saved.some(({ source }) => source === 'close')) return { ...known, error: null };
  const kept = known.savedVersion ?? known.version;
  const what = kept === null ? 'Nothing of it was saved' : `What was saved before is kept, as version ${kept}`;
  const message = `It ended before it could be saved: ${SERVER_DIED.message} ${what}.`;
  return { ...known, error: { code: 'browser_crashed', message } };
}

function toRecord({ nodeId: _, ...row }: typeof browsers.$inferSelect): BrowserRecord {
  const { createdAt, endedAt, expiresAt } = row;
  return {
    ...row,
    createdAt: createdAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    expiresAt: expiresAt.toISOString(),
  };
}
