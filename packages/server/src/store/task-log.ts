import type { TaskEvent } from '@carrel/protocol';
import { and, asc, eq, gt, inArray } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import { taskEvents, tasks } from './schema/index.js';

/** Of the column; no event has a larger id. */
const MAX_ID = 2 ** 31 - 1;
const ENDS: readonly string[] = ['completed', 'failed', 'cancelled'];

/** How far a log is. */
export interface LogHead {
  /** The task has ended: nothing comes after its last event, unless it is begun anew. */
  readonly isOver: boolean;
  readonly lastEventId: number;
}

/** The durable logs of tasks, wherever those run. */
export class TaskLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Null when the project has no such task. */
  async head(projectId: string, taskId: string): Promise<LogHead | null> {
    const { status, lastEventId } = tasks;
    const isIt = and(eq(tasks.id, taskId), eq(tasks.projectId, projectId));
    const [row] = await this.#database.run((queries) => queries.select({ status, lastEventId }).from(tasks).where(isIt));
    return row === undefined ? null : { isOver: ENDS.includes(row.status), lastEventId: row.lastEventId };
  }

  /** Events with an id larger than `after`, in order, at most `limit`. That the task is the caller's is the caller's to know. */
  async list(taskId: string, { after, limit }: { after: number; limit: number }): Promise<TaskEvent[]> {
    const isAfter = and(eq(taskEvents.taskId, taskId), gt(taskEvents.id, Math.min(after, MAX_ID)));
    const rows = await this.#database.run((queries) =>
      queries.select().from(taskEvents).where(isAfter).orderBy(asc(taskEvents.id)).limit(limit),
    );
    return rows.map(toEvent);
  }
}

/** The whole logs of some tasks, as a part of a transaction. */
export async function logsOf(queries: Queries, taskIds: readonly string[]): Promise<Map<string, TaskEvent[]>> {
  const logs = new Map<string, TaskEvent[]>(taskIds.map((id) => [id, []]));
  if (taskIds.length === 0) return logs;
  const rows = await queries
    .select()
    .from(taskEvents)
    .where(inArray(taskEvents.taskId, [...taskIds]))
    .orderBy(asc(taskEvents.taskId), asc(taskEvents.id));
  for (const row of rows) logs.get(row.taskId)?.push(toEvent(row));
  return logs;
}

function toEvent({ id, type, createdAt, data }: typeof taskEvents.$inferSelect): TaskEvent {
  return { id, type, createdAt: createdAt.toISOString(), data };
}
