import type { Proxies, StepSummary, StopReason, TaskEventData, TaskFailure, WaitingFor } from '@carrel/protocol';
import { and, eq, inArray, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import type { MasterKeys } from './master-keys.js';
import { tasks } from './schema/index.js';
import { type StepLine, type TaskChanges, type TaskSet, UNDER_WAY } from './task-changes.js';
import type { NewTaskEvent, TaskRow } from './task-row.js';

/** Whoever takes a turn holds this lock while they choose: limits hold over all servers. "turns" in ASCII. */
const CLAIM_LOCK = 499968863859;
/** How many turns of dead servers are settled in one transaction. */
const RECOVER_BATCH = 20;

/** A turn and the attempt at it: what it is written by. Nothing is written when another attempt was begun or it is over. */
export interface Fence {
  readonly taskId: string;
  readonly sessionId: string;
  readonly attempt: number;
}

export interface TaskLimits {
  /** Of a project that does not say. */
  readonly maxTasks: number;
  readonly maxTasksPerEndUser: number;
}

/** What came of a turn. */
export interface TaskEnd {
  readonly stopReason: StopReason;
  readonly result: TaskRow['result'];
  readonly htmlDump: string | null;
  readonly failure: { readonly code: TaskFailure; readonly message: string } | null;
}

/** Why a task failed that is not the task's own fault: such ones are dead, and may be begun anew. */
const NOT_ITS_OWN: readonly TaskFailure[] = ['server_died', 'browser_failed', 'internal', 'model_unavailable', 'credentials_unavailable'];

const SERVER_DIED = 'The server that ran the task was killed, crashed or shut down';

export interface TaskClaimsOptions {
  readonly database: Database;
  readonly changes: TaskChanges;
  readonly masterKeys: MasterKeys;
  readonly nodeId: string;
  readonly limits: TaskLimits;
}

/** What servers do with turns: take them, say that they still have them, write what comes of them, and settle those of dead servers. */
export class TaskClaims {
  readonly #options: TaskClaimsOptions;

  constructor(options: TaskClaimsOptions) {
    this.#options = options;
  }

  /** Takes the turn that is next, if there is one that may run. @param leaseMs how long it is ours unless it is renewed */
  async claim(leaseMs: number): Promise<TaskRow | null> {
    const { database, changes, nodeId, limits } = this.#options;
    return await database.transaction(async (queries) => {
      await queries.execute(sql`select pg_advisory_xact_lock(${CLAIM_LOCK})`);
      const id = await nextTurn(queries, limits);
      if (id === null) return null;
      return await changes.change(
        queries,
        and(eq(tasks.id, id), eq(tasks.status, 'pending')),
        {
          status: 'running',
          attempt: sql`${tasks.attempt} + 1`,
          attemptsLeft: sql`${tasks.attemptsLeft} - 1`,
          nodeId,
          leaseUntil: leaseEnd(leaseMs),
          startedAt: sql`coalesce(${tasks.startedAt}, clock_timestamp())`,
        },
        [{ type: 'task.running', data: { nodeId } }],
      );
    });
  }

  /** With the passwords in them. @throws {CarrelError} `internal` when they do not open */
  proxiesOf({ id, sealedProxies }: TaskRow): Proxies | undefined {
    if (sealedProxies === null) return undefined;
    return JSON.parse(this.#options.masterKeys.unseal('task-proxies', id, sealedProxies).toString()) as Proxies;
  }

  /** Says that these turns are still ours. @returns the ids of those that are */
  async renew(fences: readonly Fence[], leaseMs: number): Promise<Set<string>> {
    if (fences.length === 0) return new Set();
    const ours = sql.join(
      fences.map(({ taskId, attempt }) => sql`(${taskId}, ${attempt}::int)`),
      sql`, `,
    );
    const areOurs = and(sql`(${tasks.id}, ${tasks.attempt}) in (${ours})`, inArray(tasks.status, UNDER_WAY));
    const rows = await this.#options.database.run((queries) =>
      queries
        .update(tasks)
        .set({ leaseUntil: leaseEnd(leaseMs) })
        .where(areOurs)
        .returning({ id: tasks.id }),
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** What others may have done to a turn. Null: it is no more. */
  async look(taskId: string): Promise<Pick<TaskRow, 'status' | 'attempt' | 'answer' | 'pauseRequestedAt'> | null> {
    const { status, attempt, answer, pauseRequestedAt } = tasks;
    const [row] = await this.#options.database.run((queries) =>
      queries.select({ status, attempt, answer, pauseRequestedAt }).from(tasks).where(eq(tasks.id, taskId)),
    );
    return row ?? null;
  }

  /** Changes a turn of ours, with lines in its log that others are told of. @returns false: it is not ours any more */
  async change(
    fence: Fence,
    set: TaskSet,
    events: readonly NewTaskEvent[],
    from: readonly TaskRow['status'][] = UNDER_WAY,
  ): Promise<boolean> {
    const { database, changes } = this.#options;
    return (await database.transaction((queries) => changes.change(queries, isOurs(fence, from), set, events))) !== null;
  }

  /** The same for what nobody is told of but readers of the log. */
  async append(fence: Fence, set: TaskSet, line: StepLine): Promise<boolean> {
    const { database, changes } = this.#options;
    return await database.run((queries) => changes.append(queries, isOurs(fence), set, line));
  }

  /** Pauses a turn of ours: with a question, or because it was asked for. @returns false: it is not ours any more, or that was taken back */
  async pause(fence: Fence, waitingFor: Omit<WaitingFor, 'url'>): Promise<boolean> {
    const { database, changes } = this.#options;
    const { reason, question, expiresAt } = waitingFor;
    const paused: NewTaskEvent = { type: 'task.paused', data: { reason, question } };
    const asked: NewTaskEvent = { type: 'human.asked', data: { question, expiresAt } };
    const mayPause = and(isOurs(fence, ['running']), reason === 'resume' ? isNotNull(tasks.pauseRequestedAt) : undefined);
    const set: TaskSet = { status: 'paused', waitingFor, answer: null };
    const events = reason === 'human' || reason === 'captcha' ? [asked, paused] : [paused];
    return await database.transaction(async (queries) => {
      if ((await changes.change(queries, mayPause, set, events)) !== null) return true;
      // It may be written already, when the database was away before it could say so.
      const [row] = await queries
        .select({ waitingFor: tasks.waitingFor })
        .from(tasks)
        .where(isOurs(fence, ['paused']));
      return row?.waitingFor?.reason === reason && row.waitingFor.since === waitingFor.since;
    });
  }

  /** Nobody answered in time, or what it waited for is done: it goes on. @returns false: somebody had it go on, or it is not ours any more */
  async stopWaiting(fence: Fence, data: { reason?: 'human_timeout' }): Promise<boolean> {
    const events: NewTaskEvent[] = [{ type: 'task.resumed', data }];
    return await this.change(fence, { status: 'running', waitingFor: null }, events, ['paused']);
  }

  /** Writes what came of a turn of ours. @returns false: it is not ours any more */
  async end(fence: Fence, end: TaskEnd): Promise<boolean> {
    const { database, changes } = this.#options;
    const { set, event } = endOf(end);
    const isDead = end.failure !== null && NOT_ITS_OWN.includes(end.failure.code);
    const row = await database.transaction((queries) => changes.end(queries, isOurs(fence), { ...set, isDead }, [event], fence.sessionId));
    return row !== null;
  }

  /** Has a turn of ours begun anew, by anybody. @returns false: it is not ours any more, or may not be begun anew */
  async retry(fence: Fence, { reason, delayMs }: { reason: string; delayMs: number }): Promise<boolean> {
    const { database, changes } = this.#options;
    const mayBe = and(isOurs(fence), sql`${tasks.attemptsLeft} > 0`);
    const events: NewTaskEvent[] = [{ type: 'task.retried', data: { reason } }];
    return (await database.transaction((queries) => changes.putBack(queries, mayBe, {}, events, delayMs))) !== null;
  }

  /** Gives a turn of ours back that this server begins no more; it is no attempt that counts. */
  async giveBack(fence: Fence): Promise<boolean> {
    const { database, changes } = this.#options;
    const set = { attemptsLeft: sql`${tasks.attemptsLeft} + 1` };
    const events: NewTaskEvent[] = [{ type: 'task.retried', data: { reason: 'The server was shut down.' } }];
    return (await database.transaction((queries) => changes.putBack(queries, isOurs(fence), set, events))) !== null;
  }

  /** Settles a turn of ours as if this server had died. */
  async abandon(fence: Fence): Promise<void> {
    await this.#settle(isOurs(fence));
  }

  /**
   * Settles the turns of servers that died: begun anew, or failed.
   * @param options.ofThisNode those of this data directory's last server too, whose leases have not ended yet; to be called before any is taken
   * @returns how many
   */
  async recover({ ofThisNode }: { ofThisNode: boolean }): Promise<number> {
    const { nodeId } = this.#options;
    const isOver = sql`${tasks.leaseUntil} < now()`;
    const isLeft = ofThisNode ? sql`(${isOver} or ${tasks.nodeId} = ${nodeId})` : isOver;
    const left = and(inArray(tasks.status, UNDER_WAY), isLeft);
    const { id } = tasks;
    const rows = await this.#options.database.run((queries) => queries.select({ id }).from(tasks).where(left).limit(RECOVER_BATCH));
    let settled = 0;
    for (const row of rows) if (await this.#settle(and(eq(id, row.id), left))) settled++;
    return settled;
  }

  async #settle(condition: SQL | undefined): Promise<boolean> {
    const { database, changes } = this.#options;
    return await database.transaction(async (queries) => {
      // Without a lock: both changes ask for the condition again, and one that does not hold any more changes nothing.
      const [row] = await queries.select().from(tasks).where(condition);
      if (row === undefined) return false;
      const isSame = and(condition, eq(tasks.attempt, row.attempt), eq(tasks.hasActed, row.hasActed));
      if (mayBeginAnew(row) && row.attemptsLeft > 0) {
        const events: NewTaskEvent[] = [{ type: 'task.retried', data: { reason: `${SERVER_DIED}.` } }];
        return (await changes.putBack(queries, isSame, {}, events)) !== null;
      }
      const failure = { code: 'server_died', message: `${SERVER_DIED} ${whyNotAnew(row)}` } as const;
      const { set, event } = endOf({ stopReason: 'error', result: null, htmlDump: null, failure });
      return (await changes.end(queries, isSame, { ...set, isDead: true }, [event], row.sessionId)) !== null;
    });
  }
}

/** Whether a turn may be begun anew of which a server or browser died. */
export function mayBeginAnew({ request, hasActed }: { request: { retry: TaskRow['request']['retry'] }; hasActed: boolean }): boolean {
  return request.retry === 'always' || (request.retry === 'before-first-action' && !hasActed);
}

function whyNotAnew({ request, hasActed }: TaskRow): string {
  if (request.retry === 'never') return 'and it is not to be begun anew (retry: "never"). Requeue it to have it begun anew all the same.';
  if (request.retry === 'before-first-action' && hasActed)
    return 'when it had acted on a page already, so that it was not begun anew (retry: "before-first-action"). See what it did, and requeue it if that may be done again.';
  return 'in each of its attempts. Requeue it when the cause is found.';
}

const isOurs = ({ taskId, attempt }: Fence, from: readonly TaskRow['status'][] = UNDER_WAY) =>
  and(eq(tasks.id, taskId), eq(tasks.attempt, attempt), inArray(tasks.status, from));

const leaseEnd = (leaseMs: number) => sql`clock_timestamp() + ${`${leaseMs} milliseconds`}::interval`;

/** The form of the row, and the event, of what came of a turn. */
function endOf({ stopReason, result, htmlDump, failure }: TaskEnd): { set: TaskSet; event: NewTaskEvent } {
  const status = failure !== null ? 'failed' : stopReason === 'cancelled' ? 'cancelled' : 'completed';
  const set = { status, stopReason, result, htmlDump, error: failure?.message ?? null, errorCode: failure?.code ?? null } as const;
  const data: TaskEventData = failure === null ? { stopReason } : { stopReason, code: failure.code, error: failure.message };
  return { set, event: { type: `task.${status}`, data } };
}

/**
 * Whose turn it is: of the projects the one of which the fewest run, and of those the one whose last turn was begun the longest ago; within
 * it what is most urgent, then by the same rule of its end users, then the oldest.
 */
async function nextTurn(queries: Queries, { maxTasks, maxTasksPerEndUser }: TaskLimits): Promise<string | null> {
  const { rows } = await queries.execute<{ id: string }>(sql`
    with under_way as (
      select project_id, end_user_id, count(*)::int as n from carrel.tasks where status in ('running', 'paused') group by 1, 2
    ), of_project as (
      select project_id, sum(n)::int as n from under_way group by 1
    ), candidates as (
      select distinct on (t.project_id, t.end_user_id) t.id, t.project_id, t.end_user_id, t.priority, t.created_at,
        coalesce(p.n, 0) as project_n, coalesce(u.n, 0) as end_user_n
      from carrel.tasks t
        join carrel.projects on projects.id = t.project_id
        left join of_project p on p.project_id = t.project_id
        left join under_way u on u.project_id = t.project_id and u.end_user_id = t.end_user_id
      where t.status = 'pending' and t.context is not null and (t.lease_until is null or t.lease_until <= now())
        and coalesce(p.n, 0) < coalesce(projects.max_tasks, ${maxTasks}::int) and coalesce(u.n, 0) < ${maxTasksPerEndUser}::int
      order by t.project_id, t.end_user_id, t.priority desc, t.created_at, t.id
    )
    select c.id from candidates c
      left join lateral (select started_at from carrel.tasks b where b.project_id = c.project_id and b.started_at is not null
        order by b.started_at desc nulls last limit 1) last_of_project on true
      left join lateral (select started_at from carrel.tasks b
        where b.project_id = c.project_id and b.end_user_id = c.end_user_id and b.started_at is not null
        order by b.started_at desc nulls last limit 1) last_of_end_user on true
    order by c.project_n, last_of_project.started_at nulls first, c.project_id, c.priority desc,
      c.end_user_n, last_of_end_user.started_at nulls first, c.created_at, c.id
    limit 1`);
  return rows[0]?.id ?? null;
}

/** The hosts of places, each once, in the order in which they came first. */
export function hostsOf(steps: readonly Pick<StepSummary, 'url'>[]): string[] {
  const hosts = steps.flatMap(({ url }) => {
    const { host } = URL.canParse(url) ? new URL(url) : { host: '' };
    return host === '' ? [] : [host];
  });
  return [...new Set(hosts)];
}
