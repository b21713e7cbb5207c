import { newId, type TaskEvent, type TaskEventType } from '@carrel/protocol';
import { eq } from 'drizzle-orm';
import { pino } from 'pino';
import { Database } from '../../store/database.js';
import { endUsers, sessions, taskEvents, tasks } from '../../store/schema/index.js';
import type { TaskEventSink, TaskRow } from '../../store/task-row.js';

const REQUEST: TaskRow['request'] = {
  ...{
    endUserId: 'ada',
    task: 'Find the cheapest one',
    maxSteps: 25,
    timeoutMs: 600_000,
    onBusy: 'parallel',
    retry: 'before-first-action',
  },
  ...{ priority: 0, screenshots: false, humanTimeoutMs: 900_000 },
};
/** The channel on which servers say that something of a task has changed. */
const TASKS_CHANNEL = 'carrel_tasks';

/** What a test says of a turn; all else is made up. */
export interface WrittenTask extends Partial<Omit<TaskRow, 'request'>> {
  readonly projectId: string;
  readonly request?: Partial<TaskRow['request']>;
}

/** Writes sessions, turns and their logs as servers do, without running any. */
export class WrittenTasks implements AsyncDisposable {
  readonly #database: Database;
  readonly #sink: TaskEventSink | undefined;

  constructor(connectionString: string, sink?: TaskEventSink) {
    this.#database = new Database({ connectionString }, pino({ level: 'silent' }));
    this.#sink = sink;
  }

  async add({ projectId, request, ...given }: WrittenTask): Promise<TaskRow> {
    const now = given.createdAt ?? new Date();
    const endUserId = given.endUserId ?? 'ada';
    const sessionId = given.sessionId ?? newId('session');
    const session = { id: sessionId, projectId, endUserId, createdAt: now, latestTaskAt: now };
    const row = { id: newId('task'), status: 'pending' as const, model: 'builtin', priority: 0, createdAt: now, updatedAt: now, ...given };
    return await this.#database.transaction(async (queries) => {
      await queries.insert(endUsers).values({ projectId, id: endUserId, createdAt: now }).onConflictDoNothing();
      await queries
        .insert(sessions)
        .values(session)
        .onConflictDoUpdate({ target: sessions.id, set: { latestTaskAt: now } });
      const [written] = await queries
        .insert(tasks)
        .values({ ...row, sessionId, projectId, endUserId, request: { ...REQUEST, endUserId, ...request } })
        .returning();
      return written as TaskRow;
    });
  }

  /** A turn as it is in the database. */
  async get(taskId: string): Promise<TaskRow> {
    const [row] = await this.#database.run((queries) => queries.select().from(tasks).where(eq(tasks.id, taskId)));
    return row as TaskRow;
  }

  /** The next line of a task's log, and with it what changes of the task. */
  async event(taskId: string, type: TaskEventType, changes: Partial<TaskRow> = {}, data: TaskEvent['data'] = {}): Promise<TaskRow> {
    return await this.#database.transaction(async (queries) => {
      const [before] = await queries.select().from(tasks).where(eq(tasks.id, taskId)).for('update');
      const id = (before?.lastEventId ?? 0) + 1;
      const createdAt = new Date();
      const changed = { ...changes, lastEventId: id, updatedAt: createdAt };
      const [row] = await queries.update(tasks).set(changed).where(eq(tasks.id, taskId)).returning();
      await queries.insert(taskEvents).values({ taskId, id, type, createdAt, data });
      await this.#sink?.add(queries, row as TaskRow, { id, type, createdAt: createdAt.toISOString(), data });
      await queries.execute(`select pg_notify('${TASKS_CHANNEL}', '${taskId}')`);
      return row as TaskRow;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database[Symbol.asyncDispose]();
  }
}
