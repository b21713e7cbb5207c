import { CarrelError, type EndUser } from '@carrel/protocol';
import { and, count, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { type Actor, recordAudit } from './audit-log.js';
import type { Database, Queries } from './database.js';
import { type EndUserName, isEndUser, lockEndUser } from './end-users.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import { browsers, credentials, endUsers, profiles, sessions, tasks } from './schema/index.js';
import { tasksUnderWay } from './sessions.js';
import type { WriteBehind } from './write-behind.js';

/** The channel on which servers hear that the browsers of an end user are to be closed: {@link readEndUserName} reads whose. */
export const END_USERS_CHANNEL = 'carrel_end_users';

type Row = typeof endUsers.$inferSelect;

/** What of an end user is not over yet, so that nothing was deleted. */
export interface NotOver {
  readonly tasks: readonly string[];
  readonly browsers: readonly string[];
  /** How many profiles have come since they were deleted. */
  readonly profiles: number;
}

/** That there is something of an end user, and the end of all of it. */
export class EndUserRecords {
  readonly #database: Database;
  readonly #writes: WriteBehind;

  constructor(database: Database, writes: WriteBehind) {
    this.#database = database;
    this.#writes = writes;
  }

  /** Newest first. */
  async list(projectId: string, { limit, cursor }: PageQuery): Promise<Page<EndUser>> {
    await this.#writes.flush();
    return await this.#database.run(async (queries) => {
      const rows = await queries
        .select()
        .from(endUsers)
        .where(after(endUsers, cursor, eq(endUsers.projectId, projectId)))
        .orderBy(...newestFirst(endUsers))
        .limit(limit + 1);
      const toResource = await resourcesOf(queries, projectId, rows);
      return pageOf(rows, limit, toResource);
    });
  }

  /** @throws {CarrelError} `not_found` */
  async get({ projectId, endUserId }: EndUserName): Promise<EndUser> {
    await this.#writes.flush();
    return await this.#database.run(async (queries) => {
      const [row] = await queries.select().from(endUsers).where(isEndUser({ projectId, endUserId }));
      if (row === undefined) throw notFound(endUserId);
      return (await resourcesOf(queries, projectId, [row]))(row);
    });
  }

  /** Has all servers close the browsers of an end user. */
  async tellToClose(name: EndUserName): Promise<void> {
    const text = JSON.stringify([name.projectId, name.endUserId]);
    await this.#database.run((queries) => queries.execute(sql`select pg_notify(${END_USERS_CHANNEL}, ${text})`));
  }

  /**
   * Deletes all that the database has of an end user, when nothing of it is under way and their profiles are deleted: sessions, credentials,
   * browsers, and what is left of those profiles. It is written in the audit log.
   * @returns what there still is, when nothing was deleted; else null
   * @throws {CarrelError} `not_found`
   */
  async deleteWhenOver(actor: Actor, endUserId: string): Promise<NotOver | null> {
    const { projectId } = actor;
    await this.#writes.flush();
    return await this.#database.transaction(async (queries) => {
      // Locked against whatever is made of theirs meanwhile, which holds the row.
      const row = await lockEndUser(queries, { projectId, endUserId });
      if (row === undefined) throw notFound(endUserId);
      const areTheirs = and(eq(browsers.projectId, projectId), eq(browsers.endUserId, endUserId));
      const open = await queries
        .select({ id: browsers.id })
        .from(browsers)
        .where(and(areTheirs, isNull(browsers.endedAt)));
      const underWay = await tasksUnderWay(queries, and(eq(tasks.projectId, projectId), eq(tasks.endUserId, endUserId)));
      const had = (await resourcesOf(queries, projectId, [row]))(row);
      if (open.length + underWay.length + had.profileCount > 0) {
        return { tasks: underWay, browsers: open.map(({ id }) => id), profiles: had.profileCount };
      }
      const gone = await queries.delete(browsers).where(areTheirs).returning({ id: browsers.id });
      // Its key is destroyed already, and the row waits for the store of archives: it need not say whose it was.
      const isDeleted = and(eq(profiles.projectId, projectId), eq(profiles.endUserId, endUserId), isNull(profiles.wrappedKey));
      await queries.update(profiles).set({ endUserId: null, name: null, metadata: {} }).where(isDeleted);
      await queries.delete(endUsers).where(isEndUser({ projectId, endUserId }));
      await recordAudit(queries, actor, {
        action: 'end_user.deleted',
        subject: endUserId,
        details: { sessions: had.sessionCount, browsers: gone.length, hadCredentials: had.hasCredentials },
      });
      return null;
    });
  }
}

/** Reads what was said on {@link END_USERS_CHANNEL}. */
export function readEndUserName(text: string): EndUserName {
  const [projectId, endUserId] = JSON.parse(text) as [string, string];
  return { projectId, endUserId };
}

/** What there is of some end users. */
async function resourcesOf(queries: Queries, projectId: string, rows: readonly Row[]): Promise<(row: Row) => EndUser> {
  const ids = rows.map(({ id }) => id);
  const of = async (table: typeof sessions | typeof credentials | typeof profiles, isCounted?: ReturnType<typeof and>) => {
    const areTheirs = and(eq(table.projectId, projectId), inArray(table.endUserId, ids), isCounted);
    const counted = await queries.select({ id: table.endUserId, count: count() }).from(table).where(areTheirs).groupBy(table.endUserId);
    return new Map(counted.map((entry) => [entry.id, entry.count]));
  };
  const sessionsOf = await of(sessions);
  const credentialsOf = await of(credentials);
  const profilesOf = await of(profiles, isNotNull(profiles.wrappedKey));
  return ({ id, createdAt }) => ({
    endUserId: id,
    sessionCount: sessionsOf.get(id) ?? 0,
    profileCount: profilesOf.get(id) ?? 0,
    hasCredentials: (credentialsOf.get(id) ?? 0) > 0,
    createdAt: createdAt.toISOString(),
  });
}

function notFound(id: string): CarrelError {
  return new CarrelError('not_found', `There is nothing of the end user ${JSON.stringify(id)} in this project.`);
}
