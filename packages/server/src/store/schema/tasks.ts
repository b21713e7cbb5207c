import type {
  Json,
  ModelUsage,
  StepSummary,
  StopReason,
  SubmitTaskRequest,
  TaskEventType,
  TaskFailure,
  TaskStatus,
  WaitingFor,
} from '@carrel/protocol';
import { sql } from 'drizzle-orm';
import { boolean, foreignKey, index, integer, json, primaryKey, text } from 'drizzle-orm/pg-core';
import { anyJson, bytea, carrelSchema, moment } from './columns.js';
import { endUsers } from './end-users.js';

export const sessions = carrelSchema.table(
  'sessions',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id').notNull(),
    endUserId: text('end_user_id').notNull(),
    createdAt: moment('created_at').notNull(),
    /** When its last turn landed: what lists are ordered by. */
    latestTaskAt: moment('latest_task_at').notNull(),
  },
  (table) => [
    foreignKey({ columns: [table.projectId, table.endUserId], foreignColumns: [endUsers.projectId, endUsers.id] }).onDelete('cascade'),
    index('sessions_of_project').on(table.projectId, table.latestTaskAt.desc(), table.id.desc()),
    index('sessions_of_end_user').on(table.projectId, table.endUserId, table.latestTaskAt.desc(), table.id.desc()),
  ],
);

/** One turn each. The queue says when one may be taken; what is so of it stands here. */
export const tasks = carrelSchema.table(
  'tasks',
  {
    id: text('id').primaryKey(),
    sessionId: text('session_id')
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    projectId: text('project_id').notNull(),
    endUserId: text('end_user_id').notNull(),
    status: text('status').$type<TaskStatus>().notNull(),
    stopReason: text('stop_reason').$type<StopReason>(),
    /** All that was asked for but `proxies`. */
    request: json('request').$type<Omit<SubmitTaskRequest, 'proxies'>>().notNull(),
    /** `proxies`, which may hold passwords, sealed with the master key. */
    sealedProxies: bytea('sealed_proxies'),
    /** The model that it asks first. */
    model: text('model').notNull(),
    priority: integer('priority').notNull(),
    /** Null until it lands: of a turn that waits for another, when that is over. */
    context: json('context').$type<{ previousContext: string | null; previousError: string[] }>(),
    /** `onBusy: "queue"`: the turn that it waits for. */
    afterTaskId: text('after_task_id'),
    result: anyJson<Json>('result'),
    htmlDump: anyJson<string>('html_dump'),
    error: anyJson<string>('error'),
    errorCode: text('error_code').$type<TaskFailure>(),
    isDead: boolean('is_dead').notNull().default(false),
    visitedUrls: json('visited_urls').$type<string[]>().notNull().default([]),
    steps: json('steps').$type<StepSummary[]>().notNull().default([]),
    usage: json('usage').$type<ModelUsage[]>().notNull().default([]),
    waitingFor: json('waiting_for').$type<Omit<WaitingFor, 'url'>>(),
    /** To the question that it waits with. */
    answer: anyJson<string>('answer'),
    browserId: text('browser_id'),
    /** It has done something on a page. */
    hasActed: boolean('has_acted').notNull().default(false),
    /** How often it was begun. Whoever runs it writes only while this is what it was when they began: the fence. */
    attempt: integer('attempt').notNull().default(0),
    /** How often it may still be begun before it is given up. */
    attemptsLeft: integer('attempts_left').notNull().default(3),
    /** Who runs it, and until when that is so unless they say so again. Of one that waits: when it may be taken, if not at once. */
    nodeId: text('node_id'),
    leaseUntil: moment('lease_until'),
    pauseRequestedAt: moment('pause_requested_at'),
    /** How long it has run, as of `updatedAt`: every change adds what has run since. */
    ranMs: integer('ran_ms').notNull().default(0),
    lastEventId: integer('last_event_id').notNull().default(0),
    createdAt: moment('created_at').notNull(),
    startedAt: moment('started_at'),
    finishedAt: moment('finished_at'),
    updatedAt: moment('updated_at').notNull(),
  },
  (table) => [
    index('tasks_of_session').on(table.sessionId, table.createdAt, table.id),
    index('tasks_waiting').on(table.projectId, table.priority.desc(), table.createdAt).where(sql`${table.status} = 'pending'`),
    /** Whose turn it was last, for whose is next. */
    index('tasks_begun').on(table.projectId, table.startedAt.desc()).where(sql`${table.startedAt} is not null`),
    index('tasks_begun_of_end_user')
      .on(table.projectId, table.endUserId, table.startedAt.desc())
      .where(sql`${table.startedAt} is not null`),
    index('tasks_under_way').on(table.leaseUntil).where(sql`${table.status} in ('running', 'paused')`),
    index('tasks_dead').on(table.projectId, table.createdAt.desc(), table.id.desc()).where(sql`${table.isDead}`),
  ],
);

export const taskEvents = carrelSchema.table(
  'task_events',
  {
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    id: integer('id').notNull(),
    type: text('type').$type<TaskEventType>().notNull(),
    createdAt: moment('created_at').notNull(),
    data: json('data').$type<Record<string, Json>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.id] })],
);

export const taskScreenshots = carrelSchema.table(
  'task_screenshots',
  {
    taskId: text('task_id')
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    step: integer('step').notNull(),
    jpeg: bytea('jpeg').notNull(),
  },
  (table) => [primaryKey({ columns: [table.taskId, table.step] })],
);
