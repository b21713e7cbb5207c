import type { TaskEvent } from '@carrel/protocol';
import { and, asc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { Queries } from './database.js';
import { sessions, taskEvents, taskScreenshots, tasks } from './schema/index.js';
import type { TaskQueue } from './task-queue.js';
import type { NewTaskEvent, TaskEventSink, TaskRow } from './task-row.js';
import { freezeContext } from './turn-context.js';

/** The channel on which it is said that the row or the log of a task has changed; its text is the task's id. */
export const TASKS_CHANNEL = 'carrel_tasks';
/**
 * The channel that those who run turns hear. An id: somebody wants something of that turn (it was cancelled, paused, resumed). Nothing:
 * there may be a turn to take.
 */
export const TURNS_CHANNEL = 'carrel_turns';

export const UNDER_WAY = ['running', 'paused'] as const;
export const NOT_ENDED = ['pending', ...UNDER_WAY] as const;

export type TaskSet = { [Name in keyof TaskRow]?: TaskRow[Name] | SQL };

/** How long it has run by now: only a running one gets older, and one whose server is dead only until its lease ended. */
const ranUntilNow = sql`${tasks.ranMs} + case when ${tasks.status} = 'running'
  then greatest(0, extract(epoch from least(now(), ${tasks.leaseUntil}) - ${tasks.updatedAt}) * 1000)::int else 0 end`;

/** What every change of a row sets: so many events more. */
const touched = (set: TaskSet, events: number): TaskSet => ({
  ranMs: ranUntilNow,
  ...set,
  updatedAt: sql`now()`,
  lastEventId: sql`${tasks.lastEventId} + ${events}`,
});

/**
 * Changes rows and logs of tasks. A change, its events, and all who are told of it are of one transaction.
 *
 * What ends a task locks its session first, and so does what adds a turn to it: what the next turn is to know does not change meanwhile.
 */
export class TaskChanges {
  readonly #queue: TaskQueue;
  readonly #sink: TaskEventSink | null;

  constructor(queue: TaskQueue, sink: TaskEventSink | null) {
    this.#queue = queue;
    this.#sink = sink;
  }

  /** Writes a new row and its first event. */
  async insert(queries: Queries, row: TaskRow, event: NewTaskEvent): Promise<void> {
    await queries.insert(tasks).values(row);
    await this.#log(queries, row, [event]);
  }

  /**
   * Changes the one row that the condition is for, if it is so.
   * @returns the row as it is then; null: the condition did not hold
   */
  async change(queries: Queries, condition: SQL | undefined, set: TaskSet, events: readonly NewTaskEvent[]): Promise<TaskRow | null> {
    const [row] = await queries.update(tasks).set(touched(set, events.length)).where(condition).returning();
    if (row === undefined) return null;
    await this.#log(queries, row, events);
    return row;
  }

  /** The same for what nobody is told of but readers of the log: one round trip. @returns whether the condition held */
  async append(queries: Queries, condition: SQL | undefined, set: TaskSet, step: StepLine): Promise<boolean> {
    const { event, screenshot = null } = step;
    const changed = queries.update(tasks).set(touched(set, 1)).where(condition).returning({ id: tasks.id, event: tasks.lastEventId });
    const shot =
      screenshot === null
        ? sql``
        : sql`, shot as (insert into carrel.task_screenshots (task_id, step, jpeg) select id, ${screenshot.step}::int, ${screenshot.jpeg}::bytea
            from changed on conflict (task_id, step) do update set jpeg = excluded.jpeg)`;
    const { rows } = await queries.execute(sql`with changed as ${changed},
      line as (insert into carrel.task_events (task_id, id, type, created_at, data)
        select id, last_event_id, ${event.type}, now(), ${JSON.stringify(event.data)}::json from changed)${shot}
      select pg_notify(${TASKS_CHANNEL}, id) from changed`);
    return rows.length > 0;
  }

  /**
   * Ends the task, lands the turns that waited for it, and has places looked at that come free.
   * @param sessionId of the task, which is locked here
   */
  async end(queries: Queries, condition: SQL | undefined, set: TaskSet, events: readonly NewTaskEvent[], sessionId: string) {
    await lockSession(queries, sessionId);
    const freed = { finishedAt: sql`clock_timestamp()`, waitingFor: null, answer: null, leaseUntil: null, pauseRequestedAt: null };
    // Only a dead one may be begun anew, and need them again.
    const secrets = set.isDead === true ? {} : { sealedProxies: null };
    const row = await this.change(queries, condition, { ...freed, ...secrets, ...set }, events);
    if (row === null) return null;
    await this.#land(queries, sessionId);
    await this.#queue.wake(queries);
    return row;
  }

  /** Has it wait for its turn again. @param delayMs how long it is not to be taken */
  async putBack(queries: Queries, condition: SQL | undefined, set: TaskSet, events: readonly NewTaskEvent[], delayMs = 0) {
    const row = await this.change(
      queries,
      condition,
      {
        status: 'pending',
        nodeId: null,
        leaseUntil: delayMs === 0 ? null : sql`now() + ${`${delayMs} milliseconds`}::interval`,
        browserId: null,
        hasActed: false,
        waitingFor: null,
        answer: null,
        steps: [],
        visitedUrls: [],
        ...set,
      },
      events,
    );
    if (row === null) return null;
    await queries.delete(taskScreenshots).where(eq(taskScreenshots.taskId, row.id));
    await this.#queue.add(queries, row.id, delayMs);
    return row;
  }

  /** Lets turns land that wait for those before them, when all of those are over. */
  async #land(queries: Queries, sessionId: string): Promise<void> {
    const [first] = await queries
      .select({ id: tasks.id, status: tasks.status, context: tasks.context })
      .from(tasks)
      .where(and(eq(tasks.sessionId, sessionId), inArray(tasks.status, NOT_ENDED)))
      .orderBy(asc(tasks.createdAt))
      .limit(1);
    if (first === undefined || first.status !== 'pending' || first.context !== null) return;
    const context = await freezeContext(queries, sessionId);
    await this.change(queries, eq(tasks.id, first.id), { context }, []);
    await this.#queue.add(queries, first.id);
  }

  async #log(queries: Queries, row: TaskRow, events: readonly NewTaskEvent[]): Promise<void> {
    const first = row.lastEventId - events.length + 1;
    const lines = events.map((event, index) => ({ ...event, id: first + index, createdAt: row.updatedAt }));
    if (lines.length > 0) await queries.insert(taskEvents).values(lines.map((line) => ({ ...line, taskId: row.id })));
    await queries.execute(sql`select pg_notify(${TASKS_CHANNEL}, ${row.id})`);
    for (const line of lines) {
      const event: TaskEvent = { ...line, createdAt: line.createdAt.toISOString() };
      await this.#sink?.add(queries, row, event);
    }
  }
}

/** A line that is written as a turn goes, with the picture that belongs to it. */
export interface StepLine {
  readonly event: NewTaskEvent;
  readonly screenshot?: { readonly step: number; readonly jpeg: Buffer } | null;
}

/** One at a time changes what the next turn of a session is to know. */
export async function lockSession(queries: Queries, sessionId: string): Promise<typeof sessions.$inferSelect | null> {
  const [row] = await queries.select().from(sessions).where(eq(sessions.id, sessionId)).for('no key update');
  return row ?? null;
}
