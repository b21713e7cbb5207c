import { CarrelError, type SessionSummary, type TaskEvent } from '@carrel/protocol';
import { and, asc, count, desc, eq, inArray, notInArray, sql } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import { sessions, tasks } from './schema/index.js';
import { logsOf } from './task-log.js';
import type { TaskRow } from './task-row.js';

type SessionRow = typeof sessions.$inferSelect;

/** A session with all its turns, in chronological order. */
export interface StoredSession {
  readonly session: SessionRow;
  readonly tasks: readonly TaskRow[];
}

/** The same with the logs of the turns, by their ids. */
export interface StoredSessionWithLogs extends StoredSession {
  readonly logs: ReadonlyMap<string, TaskEvent[]>;
}

/** Sessions, as callers read and delete them. Turns are added to them by those who submit tasks. */
export class Sessions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Those first whose last turn is the newest. A session that gets a turn while one reads on is at the top then: no page shows it a second
   * time, and those behind the cursor stay where they are.
   */
  async list(
    projectId: string,
    { limit, cursor, endUserId }: PageQuery & { endUserId?: string | undefined },
  ): Promise<Page<SessionSummary>> {
    const byLatest = { createdAt: sessions.latestTaskAt, id: sessions.id };
    const ofEndUser = endUserId === undefined ? undefined : eq(sessions.endUserId, endUserId);
    return await this.#database.transaction(async (queries) => {
      await seeOneMoment(queries);
      const rows = await queries
        .select({ id: sessions.id, endUserId: sessions.endUserId, createdAt: sessions.latestTaskAt })
        .from(sessions)
        .where(after(byLatest, cursor, eq(sessions.projectId, projectId), ofEndUser))
        .orderBy(...newestFirst(byLatest))
        .limit(limit + 1);
      const turns = await turnsOf(
        queries,
        rows.map(({ id }) => id),
      );
      return pageOf(rows, limit, ({ id, endUserId: whose }) => ({ sessionId: id, endUserId: whose, ...summaryOf(turns, id) }));
    });
  }

  /** @throws {CarrelError} `not_found` */
  async get(projectId: string, id: string): Promise<StoredSession> {
    return await this.#database.transaction(async (queries) => {
      await seeOneMoment(queries);
      return await read(queries, projectId, id);
    });
  }

  /** As it is at one moment. @throws {CarrelError} `not_found` */
  async withLogs(projectId: string, id: string): Promise<StoredSessionWithLogs> {
    return await this.#database.transaction(async (queries) => {
      await seeOneMoment(queries);
      const found = await read(queries, projectId, id);
      const logs = await logsOf(
        queries,
        found.tasks.map((task) => task.id),
      );
      return { ...found, logs };
    });
  }

  /** The ids of the sessions of an end user, oldest first. */
  async idsOf(projectId: string, endUserId: string): Promise<string[]> {
    const areTheirs = and(eq(sessions.projectId, projectId), eq(sessions.endUserId, endUserId));
    const rows = await this.#database.run((queries) =>
      queries.select({ id: sessions.id }).from(sessions).where(areTheirs).orderBy(asc(sessions.createdAt), asc(sessions.id)),
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Deletes a session with its turns, and their logs and pictures, when none of them is under way.
   * @returns the ids of those under way, when nothing was deleted
   * @throws {CarrelError} `not_found`
   */
  async deleteWhenOver(projectId: string, id: string): Promise<string[]> {
    return await this.#database.transaction(async (queries) => {
      const isIt = and(eq(sessions.id, id), eq(sessions.projectId, projectId));
      // Whoever adds a turn takes the same lock first.
      const [row] = await queries.select({ id: sessions.id }).from(sessions).where(isIt).for('update');
      if (row === undefined) throw notFound(id);
      const underWay = await tasksUnderWay(queries, eq(tasks.sessionId, id));
      if (underWay.length === 0) await queries.delete(sessions).where(isIt);
      return underWay;
    });
  }
}

/** Has a transaction that only reads see all as it is now: nothing is deleted between one look and the next. */
async function seeOneMoment(queries: Queries): Promise<void> {
  await queries.execute(sql`set transaction isolation level repeatable read, read only`);
}

/** The ids of those tasks that have not ended. */
export async function tasksUnderWay(queries: Queries, areMeant: ReturnType<typeof and>): Promise<string[]> {
  const hasNotEnded = notInArray(tasks.status, ['completed', 'failed', 'cancelled']);
  const rows = await queries.select({ id: tasks.id }).from(tasks).where(and(areMeant, hasNotEnded));
  return rows.map(({ id }) => id);
}

async function read(queries: Queries, projectId: string, id: string): Promise<StoredSession> {
  const isIt = and(eq(sessions.id, id), eq(sessions.projectId, projectId));
  const [session] = await queries.select().from(sessions).where(isIt);
  if (session === undefined) throw notFound(id);
  const turns = await queries.select().from(tasks).where(eq(tasks.sessionId, id)).orderBy(asc(tasks.createdAt), asc(tasks.id));
  return { session, tasks: turns };
}

type Turn = Pick<TaskRow, 'sessionId' | 'status' | 'createdAt' | 'updatedAt'>;
interface Turns {
  readonly counts: ReadonlyMap<string, number>;
  readonly first: ReadonlyMap<string, string>;
  readonly latest: ReadonlyMap<string, Turn>;
}

/** What the summaries of some sessions say of their turns. */
async function turnsOf(queries: Queries, sessionIds: readonly string[]): Promise<Turns> {
  if (sessionIds.length === 0) return { counts: new Map(), first: new Map(), latest: new Map() };
  const { sessionId, id, request, status, createdAt, updatedAt } = tasks;
  const areTheirs = inArray(sessionId, [...sessionIds]);
  const counts = await queries.select({ sessionId, turns: count() }).from(tasks).where(areTheirs).groupBy(sessionId);
  // As a whole: Postgres refuses to take something out of JSON that has U+0000 somewhere.
  const first = await queries
    .selectDistinctOn([sessionId], { sessionId, request })
    .from(tasks)
    .where(areTheirs)
    .orderBy(sessionId, asc(createdAt), asc(id));
  const latest = await queries
    .selectDistinctOn([sessionId], { sessionId, status, createdAt, updatedAt })
    .from(tasks)
    .where(areTheirs)
    .orderBy(sessionId, desc(createdAt), desc(id));
  return {
    counts: new Map(counts.map((row) => [row.sessionId, row.turns])),
    first: new Map(first.map((row) => [row.sessionId, row.request.task])),
    latest: new Map(latest.map((row) => [row.sessionId, row])),
  };
}

function summaryOf({ counts, first, latest }: Turns, id: string): Omit<SessionSummary, 'sessionId' | 'endUserId'> {
  const last = latest.get(id);
  if (last === undefined) throw new CarrelError('internal', `Session ${id} has no turns.`);
  return {
    firstTask: first.get(id) ?? '',
    turnCount: counts.get(id) ?? 0,
    latestStatus: last.status,
    latestCreatedAt: last.createdAt.toISOString(),
    latestUpdatedAt: last.updatedAt.toISOString(),
  };
}

function notFound(id: string): CarrelError {
  return new CarrelError('not_found', `There is no session ${id} in this project.`);
}
