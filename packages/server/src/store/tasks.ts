import { CarrelError, newId, type Proxies, type SubmitTaskRequest } from '@carrel/protocol';
import { and, count, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import { holdEndUsers } from './end-users.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import type { MasterKeys } from './master-keys.js';
import { sessions, taskScreenshots, tasks } from './schema/index.js';
import { lockSession, NOT_ENDED, type TaskChanges, type TaskSet, TURNS_CHANNEL } from './task-changes.js';
import type { TaskQueue } from './task-queue.js';
import type { NewTaskEvent, TaskRow } from './task-row.js';
import { freezeContext } from './turn-context.js';

/** Turns last seconds to minutes; five seconds ask neither too often nor too late. */
const RETRY_AFTER_SECONDS = 5;
const MAX_ATTEMPTS = 3;

export interface TasksOptions {
  readonly database: Database;
  readonly changes: TaskChanges;
  readonly queue: TaskQueue;
  readonly masterKeys: MasterKeys;
  /** How many tasks of a project may wait. */
  readonly maxQueuedTasks: number;
}

/** A turn that is wanted, with everything decided that its row needs. */
export interface NewTask {
  readonly projectId: string;
  readonly request: SubmitTaskRequest;
  readonly model: string;
}

/** The turns of sessions, as callers submit, see and steer them. */
export class Tasks {
  readonly #options: TasksOptions;

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  /** @throws {CarrelError} `not_found` for a session that is not this end user's, `session_busy`, `queue_full` */
  async submit({ projectId, request, model }: NewTask): Promise<TaskRow> {
    const { database, changes, queue } = this.#options;
    const { proxies, ...kept } = request;
    return await database.transaction(async (queries) => {
      await this.#assertRoom(queries, projectId);
      const now = new Date();
      await holdEndUsers(queries, [{ projectId, endUserId: request.endUserId }]);
      const session = await turnIn(queries, projectId, request, now);
      const id = newId('task');
      const row: TaskRow = {
        ...NEW,
        id,
        sessionId: session.id,
        projectId,
        endUserId: request.endUserId,
        request: kept,
        sealedProxies: this.#seal(id, proxies),
        model,
        priority: request.priority,
        afterTaskId: session.waitsFor,
        context: session.waitsFor === null ? await freezeContext(queries, session.id) : null,
        createdAt: session.at,
        updatedAt: session.at,
      };
      await changes.insert(queries, row, { type: 'task.created', data: {} });
      if (row.context !== null) await queue.add(queries, id);
      return row;
    });
  }

  /** @throws {CarrelError} `not_found` */
  async get(projectId: string, id: string): Promise<TaskRow> {
    return await this.#options.database.run((queries) => find(queries, projectId, id));
  }

  /** Those that failed for want of something that is not their own, newest first. */
  async listDead(projectId: string, { limit, cursor }: PageQuery): Promise<Page<TaskRow>> {
    const areDead = and(eq(tasks.projectId, projectId), eq(tasks.isDead, true));
    const rows = await this.#options.database.run((queries) =>
      queries
        .select()
        .from(tasks)
        .where(after(tasks, cursor, areDead))
        .orderBy(...newestFirst(tasks))
        .limit(limit + 1),
    );
    return pageOf(rows, limit, (row) => row);
  }

  /** The picture of a step, JPEG. @throws {CarrelError} `not_found` */
  async screenshot(projectId: string, id: string, step: number): Promise<Buffer> {
    return await this.#options.database.run(async (queries) => {
      await find(queries, projectId, id);
      const isIt = and(eq(taskScreenshots.taskId, id), eq(taskScreenshots.step, step));
      const [row] = await queries.select({ jpeg: taskScreenshots.jpeg }).from(taskScreenshots).where(isIt);
      if (row === undefined)
        throw new CarrelError('not_found', `There is no picture of step ${step} of task ${id}. Submit a task with screenshots.`);
      return row.jpeg;
    });
  }

  /** Ends a task wherever it is; whoever runs it is told. One that has ended stays as it is. @throws {CarrelError} `not_found` */
  async cancel(projectId: string, id: string): Promise<TaskRow> {
    const { database, changes } = this.#options;
    return await database.transaction(async (queries) => {
      const row = await find(queries, projectId, id);
      const isNotEnded = and(eq(tasks.id, id), inArray(tasks.status, NOT_ENDED));
      const set: TaskSet = { status: 'cancelled', stopReason: 'cancelled' };
      const ended = await changes.end(queries, isNotEnded, set, [{ type: 'task.cancelled', data: {} }], row.sessionId);
      if (ended === null) return await find(queries, projectId, id);
      await tellRunner(queries, id);
      return ended;
    });
  }

  /** Has a task pause at the end of its step; one that waits, before its first. @throws {CarrelError} `not_found`, `conflict` */
  async pause(projectId: string, id: string): Promise<TaskRow> {
    return await this.#steer(projectId, id, (row) => {
      if (row.status === 'paused') return null;
      if (row.status === 'pending' || row.status === 'running') return { set: { pauseRequestedAt: sql`now()` }, events: [] };
      throw new CarrelError('conflict', `Task ${id} is ${row.status}: it cannot be paused any more.`);
    });
  }

  /**
   * Has a paused task go on.
   * @param since of the question that the answer is to; left out: to whatever is asked
   * @throws {CarrelError} `not_found`; `conflict` when it is not paused, or an answer is missing or one too many
   */
  async resume(projectId: string, id: string, answer: string | undefined, since?: string): Promise<TaskRow> {
    return await this.#steer(projectId, id, (row) => {
      const isThat = since === undefined || row.waitingFor?.since === since;
      const asked = row.status === 'paused' && row.waitingFor?.reason === 'human' && isThat;
      if (answer !== undefined && !asked) throw new CarrelError('conflict', `Task ${id} waits for no answer. Resume it without one.`);
      if (answer === undefined && asked)
        throw new CarrelError('conflict', `Task ${id} waits for an answer: ${row.waitingFor?.question} Resume it with \`answer\`.`);
      if (row.status === 'paused') {
        const resumed: NewTaskEvent = { type: 'task.resumed', data: {} };
        const set: TaskSet = { status: 'running', waitingFor: null, pauseRequestedAt: null };
        if (answer === undefined) return { set, events: [resumed] };
        // Not what was answered: it may be a code or a password that was sent to that person alone.
        return { set: { ...set, answer }, events: [{ type: 'human.answered', data: {} }, resumed] };
      }
      if (row.pauseRequestedAt !== null) return { set: { pauseRequestedAt: null }, events: [] };
      throw new CarrelError('conflict', `Task ${id} is ${row.status}, not paused.`);
    });
  }

  /** Begins a dead task anew. @throws {CarrelError} `not_found`, `conflict` when it is not dead, `queue_full` */
  async requeue(projectId: string, id: string): Promise<TaskRow> {
    const { database, changes } = this.#options;
    return await database.transaction(async (queries) => {
      await this.#assertRoom(queries, projectId);
      const { status } = await find(queries, projectId, id);
      const isDead = and(eq(tasks.id, id), eq(tasks.isDead, true));
      const { stopReason, result, htmlDump, error, errorCode, finishedAt, startedAt, ranMs } = NEW;
      const afresh = { stopReason, result, htmlDump, error, errorCode, finishedAt, startedAt, ranMs, isDead: false };
      const set = { ...afresh, attemptsLeft: MAX_ATTEMPTS };
      const row = await changes.putBack(queries, isDead, set, [{ type: 'task.retried', data: { reason: 'It was requeued.' } }]);
      if (row !== null) return row;
      throw new CarrelError(
        'conflict',
        `Task ${id} is ${status}, and not dead: only those that failed for want of something that is not their own are requeued. Submit it again.`,
      );
    });
  }

  /** How many wait, over all projects. */
  async countWaiting(): Promise<number> {
    return (await this.countOpen()).pending;
  }

  /** How many have not ended, by their status. @param projectId undefined: of all projects */
  async countOpen(projectId?: string): Promise<Record<(typeof NOT_ENDED)[number], number>> {
    const areThose = and(inArray(tasks.status, NOT_ENDED), projectId === undefined ? undefined : eq(tasks.projectId, projectId));
    const rows = await this.#options.database.run((queries) =>
      queries.select({ status: tasks.status, n: count() }).from(tasks).where(areThose).groupBy(tasks.status),
    );
    return { pending: 0, running: 0, paused: 0, ...Object.fromEntries(rows.map(({ status, n }) => [status, n])) };
  }

  async #steer(projectId: string, id: string, decide: (row: TaskRow) => { set: TaskSet; events: NewTaskEvent[] } | null): Promise<TaskRow> {
    const { database, changes } = this.#options;
    return await database.transaction(async (queries) => {
      const row = await find(queries, projectId, id, true);
      const decision = decide(row);
      if (decision === null) return row;
      const changed = await changes.change(queries, eq(tasks.id, id), decision.set, decision.events);
      await tellRunner(queries, id);
      return changed ?? row;
    });
  }

  /** One at a time of a project, so that there are never more than may be. */
  async #assertRoom(queries: Queries, projectId: string): Promise<void> {
    const { maxQueuedTasks } = this.#options;
    await queries.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`carrel tasks of ${projectId}`}, 0))`);
    const areWaiting = and(eq(tasks.projectId, projectId), eq(tasks.status, 'pending'));
    const [row] = await queries.select({ n: count() }).from(tasks).where(areWaiting);
    const used = row?.n ?? 0;
    if (used < maxQueuedTasks) return;
    throw new CarrelError(
      'queue_full',
      `${used} tasks of the project wait, and ${maxQueuedTasks} may. Submit it again later, or have the operator raise CARREL_MAX_QUEUED_TASKS.`,
      { details: { limit: maxQueuedTasks, used, retryAfterSeconds: RETRY_AFTER_SECONDS } },
    );
  }

  #seal(taskId: string, proxies: Proxies | undefined): Buffer | null {
    if (proxies === undefined) return null;
    return this.#options.masterKeys.seal('task-proxies', taskId, Buffer.from(JSON.stringify(proxies)));
  }
}

/** What a row is that nothing has come of yet. */
const NEW = {
  status: 'pending',
  stopReason: null,
  result: null,
  htmlDump: null,
  error: null,
  errorCode: null,
  isDead: false,
  visitedUrls: [],
  steps: [],
  usage: [],
  waitingFor: null,
  answer: null,
  browserId: null,
  hasActed: false,
  attempt: 0,
  attemptsLeft: MAX_ATTEMPTS,
  nodeId: null,
  leaseUntil: null,
  pauseRequestedAt: null,
  ranMs: 0,
  lastEventId: 1,
  startedAt: null,
  finishedAt: null,
} satisfies Partial<TaskRow>;

/** Finds or makes the session, and locks it. `at`: when the turn comes, later than all of it before. */
async function turnIn(
  queries: Queries,
  projectId: string,
  { sessionId, endUserId, onBusy }: SubmitTaskRequest,
  now: Date,
): Promise<{ id: string; at: Date; waitsFor: string | null }> {
  if (sessionId === undefined) {
    const id = newId('session');
    await queries.insert(sessions).values({ id, projectId, endUserId, createdAt: now, latestTaskAt: now });
    return { id, at: now, waitsFor: null };
  }
  const session = await lockSession(queries, sessionId);
  if (session === null || session.projectId !== projectId || session.endUserId !== endUserId) {
    throw new CarrelError('not_found', `There is no session ${sessionId} of this end user. Leave sessionId out to begin one.`);
  }
  const isUnderWay = and(eq(tasks.sessionId, sessionId), inArray(tasks.status, NOT_ENDED));
  const [latest] = await queries.select({ id: tasks.id }).from(tasks).where(isUnderWay).orderBy(desc(tasks.createdAt)).limit(1);
  if (latest !== undefined && onBusy === 'reject') {
    throw new CarrelError('session_busy', `Task ${latest.id} of session ${sessionId} is under way. Wait for it, or say onBusy: "queue".`, {
      details: { taskId: latest.id },
    });
  }
  const at = new Date(Math.max(now.getTime(), session.latestTaskAt.getTime() + 1));
  await queries.update(sessions).set({ latestTaskAt: at }).where(eq(sessions.id, sessionId));
  return { id: sessionId, at, waitsFor: onBusy === 'queue' ? (latest?.id ?? null) : null };
}

async function find(queries: Queries, projectId: string, id: string, forUpdate = false): Promise<TaskRow> {
  const query = queries
    .select()
    .from(tasks)
    .where(and(eq(tasks.id, id), eq(tasks.projectId, projectId)));
  const [row] = await (forUpdate ? query.for('update') : query);
  if (row === undefined) throw new CarrelError('not_found', `There is no task ${id}.`);
  return row;
}

/** The server that runs it looks at it again, when the transaction is done. */
async function tellRunner(queries: Queries, id: string): Promise<void> {
  await queries.execute(sql`select pg_notify(${TURNS_CHANNEL}, ${id})`);
}
