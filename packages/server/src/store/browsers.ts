import type { BrowserStatus } from '@carrel/protocol';
import { and, eq, inArray, isNull, max } from 'drizzle-orm';
import type { Database } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import { browserEvents, browsers } from './schema.js';
import type { BrowserRecord } from './write-batch.js';
import type { WriteBehind } from './write-behind.js';

const SERVER_DIED = { code: 'server_died', message: 'The server that ran the browser was killed or crashed.' } as const;

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
    await this.#writes.flush(signal);
    const isIt = and(eq(browsers.id, id), eq(browsers.projectId, projectId));
    const [row] = await this.#database.run((queries) => queries.select().from(browsers).where(isIt));
    return row === undefined ? null : toRecord(row);
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
   * Marks the browsers that a dead server of this data directory left open as `failed` (`server_died`), with an event each. To be
   * called before this server opens any.
   *
   * @returns their ids.
   */
  async failOrphans(): Promise<string[]> {
    const endedAt = new Date();
    return await this.#database.transaction(async (queries) => {
      const areOrphans = and(eq(browsers.nodeId, this.#nodeId), isNull(browsers.endedAt));
      const orphans = await queries
        .update(browsers)
        .set({ status: 'failed', endedAt, reason: SERVER_DIED })
        .where(areOrphans)
        .returning({ id: browsers.id });
      const ids = orphans.map(({ id }) => id);
      if (ids.length === 0) return ids;
      const latest = await queries
        .select({ id: browserEvents.browserId, last: max(browserEvents.id) })
        .from(browserEvents)
        .where(inArray(browserEvents.browserId, ids))
        .groupBy(browserEvents.browserId);
      const lastOf = new Map(latest.map(({ id, last }) => [id, last ?? 0]));
      const data = { reason: SERVER_DIED };
      for (const id of ids) {
        const event = { browserId: id, id: (lastOf.get(id) ?? 0) + 1, type: 'browser.failed' as const, createdAt: endedAt, data };
        await queries.insert(browserEvents).values(event);
      }
      return ids;
    });
  }
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
