import type { ProjectEvent, Scope } from '@carrel/protocol';
import { and, asc, desc, eq, gt, inArray, lt, or, sql } from 'drizzle-orm';
import type { Database } from './database.js';
import { projectEvents } from './schema/index.js';
import type { WriteBehind } from './write-behind.js';

/** The channel on which it is said that a project has new lines: its id. */
export const PROJECT_EVENTS_CHANNEL = 'carrel_project_events';

const KEPT = sql`interval '7 days'`;
/**
 * No transaction of ours takes as long. A line is settled when all that began before its transaction have ended, or after this time: in a
 * database that is shared with other programs, theirs may take for ever.
 */
const SETTLED_AFTER = sql`interval '10 seconds'`;

/** Each line can be read with one of these: the one with which what it is about can be read. */
export const SCOPES_OF_EVENTS = [
  'browsers:read',
  'profiles:read',
  'tasks:read',
  'credentials:read',
  'webhooks:manage',
  'keys:manage',
  'audit:read',
] as const satisfies readonly Scope[];

/** Some lines of a log that goes on. */
interface Lines {
  readonly lines: ProjectEvent[];
  /** There are more, which may still change places with some that are being written: to be looked for again soon. */
  readonly hasUnsettled: boolean;
}

/**
 * The logs of whole projects. Readers get lines in the order of their transactions, and only those before which none can come any more
 * (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-SNAPSHOT): so none is missed by going on after the last.
 */
export class ProjectEvents {
  readonly #database: Database;
  readonly #writes: WriteBehind;

  constructor(database: Database, writes: WriteBehind) {
    this.#database = database;
    this.#writes = writes;
  }

  /** Lines that come after that one and can be read with the scopes, in order, at most `limit`; of those that are written. */
  async list(projectId: string, scopes: readonly Scope[], { after, limit }: { after: number; limit: number }): Promise<Lines> {
    const { xid, id } = projectEvents;
    const rows = await this.#database.run(async (queries) => {
      const isIt = and(eq(id, after), eq(projectEvents.projectId, projectId));
      const [last] = await queries.select({ xid }).from(projectEvents).where(isIt);
      // One that is not kept any more was before all that are.
      const isAfter = last === undefined ? gt(id, after) : sql`(${xid}, ${id}) > (${last.xid}::xid8, ${after}::bigint)`;
      return await queries
        .select({ row: projectEvents, isSettled: IS_SETTLED })
        .from(projectEvents)
        .where(and(eq(projectEvents.projectId, projectId), isAfter, inArray(projectEvents.scope, [...scopes])))
        .orderBy(asc(xid), asc(id))
        .limit(limit);
    });
    const firstUnsettled = rows.findIndex(({ isSettled }) => !isSettled);
    const settled = firstUnsettled === -1 ? rows : rows.slice(0, firstUnsettled);
    return { lines: settled.map(({ row }) => toEvent(row)), hasUnsettled: settled.length < rows.length };
  }

  /** The last line there is; 0 when there is none. */
  async newest(projectId: string): Promise<number> {
    await this.#writes.flush();
    const { xid, id } = projectEvents;
    const [row] = await this.#database.run((queries) =>
      queries
        .select({ id })
        .from(projectEvents)
        .where(and(eq(projectEvents.projectId, projectId), IS_SETTLED))
        .orderBy(desc(xid), desc(id))
        .limit(1),
    );
    return row?.id ?? 0;
  }

  /** Removes lines that are older than a week, and such as a restored backup brought, whose transactions were those of another database. */
  async prune(): Promise<void> {
    const isForeign = sql`${projectEvents.xid} > pg_current_xact_id()`;
    const isOver = or(lt(projectEvents.writtenAt, sql`now() - ${KEPT}`), isForeign);
    await this.#database.run((queries) => queries.delete(projectEvents).where(isOver));
  }
}

const IS_SETTLED = sql<boolean>`(${projectEvents.xid} < pg_snapshot_xmin(pg_current_snapshot())
  or ${projectEvents.writtenAt} < now() - ${SETTLED_AFTER})`;

type Row = typeof projectEvents.$inferSelect;

function toEvent({ xid: _, writtenAt: _at, projectId: _of, scope: _by, createdAt, ...row }: Row): ProjectEvent {
  return { ...row, createdAt: createdAt.toISOString() };
}
