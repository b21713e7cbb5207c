import type {
  AuditEvent,
  BrowserEventType,
  BrowserKind,
  BrowserNetwork,
  BrowserProfile,
  BrowserStatus,
  EndReason,
  Identity,
  IsolationLevel,
  Json,
  ModelUsage,
  NeedsHuman,
  ProfileVersion,
  ProjectEvent,
  Recording,
  RecordRequest,
  Scope,
  Standby,
  Startup,
  StartupReason,
  StepSummary,
  StopReason,
  SubmitTaskRequest,
  TaskEventType,
  TaskFailure,
  TaskStatus,
  WaitingFor,
  WebhookDelivery,
  WebhookEventType,
  WebhookPayload,
} from '@carrel/protocol';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  foreignKey,
  index,
  integer,
  json,
  pgSchema,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';

/**
 * The tables. After a change: `npx drizzle-kit generate --config packages/server/drizzle.config.ts` writes the migration.
 *
 * Free data of callers and pages is `json`, not `jsonb`, which refuses strings with U+0000 and with halves of surrogate pairs; pages
 * may hold both.
 */
export const carrelSchema = pgSchema('carrel');

const bytea = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => 'bytea' });
/** Any JSON value, texts included: the `json` of drizzle parses a text that is JSON itself a second time. */
const anyJson = <T extends Json>(name: string) =>
  customType<{ data: T; driverData: unknown }>({
    dataType: () => 'json',
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (value) => value as T,
  })(name);
/** Milliseconds, as in the API: what is compared for the order of a list is what the cursor holds. */
const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

export const projects = carrelSchema.table(
  'projects',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    /** Null: as many as the setting says. */
    maxBrowsers: integer('max_browsers'),
    maxTasks: integer('max_tasks'),
    model: text('model'),
    /** Null: as the setting says. */
    record: anyJson<RecordRequest>('record'),
    isDefault: boolean('is_default').notNull().default(false),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [uniqueIndex('projects_one_default').on(table.isDefault).where(sql`${table.isDefault}`)],
);

export const apiKeys = carrelSchema.table(
  'api_keys',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** SHA-256 of the secret: it has 256 random bits, so nothing slower is needed. */
    secretHash: bytea('secret_hash').notNull(),
    hint: text('hint').notNull(),
    scopes: text('scopes').array().$type<Scope[]>().notNull(),
    /** Who made it: a call, the setting CARREL_API_KEY, or the first start. */
    source: text('source').$type<'api' | 'environment' | 'file'>().notNull(),
    createdAt: moment('created_at').notNull(),
    lastUsedAt: moment('last_used_at'),
    revokedAt: moment('revoked_at'),
  },
  (table) => [
    uniqueIndex('api_keys_secret_hash').on(table.secretHash),
    uniqueIndex('api_keys_one_of_environment').on(table.source).where(sql`${table.source} = 'environment'`),
    index('api_keys_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
  ],
);

/** Who is signed in to the dashboard: each as the key that they signed in with, for as long as that is good. */
export const dashboardSessions = carrelSchema.table(
  'dashboard_sessions',
  {
    /** SHA-256 of what is in the cookie: it has 256 random bits. */
    secretHash: bytea('secret_hash').primaryKey(),
    apiKeyId: text('api_key_id')
      .notNull()
      .references(() => apiKeys.id, { onDelete: 'cascade' }),
    createdAt: moment('created_at').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('dashboard_sessions_of_key').on(table.apiKeyId), index('dashboard_sessions_expiry').on(table.expiresAt)],
);

/** Links that sign in as a key, and were not opened yet. */
export const signInCodes = carrelSchema.table(
  'sign_in_codes',
  {
    /** SHA-256 of the code: it has 256 random bits. */
    secretHash: bytea('secret_hash').primaryKey(),
    apiKeyId: text('api_key_id')
      .notNull()
      .references(() => apiKeys.id, { onDelete: 'cascade' }),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('sign_in_codes_of_key').on(table.apiKeyId), index('sign_in_codes_expiry').on(table.expiresAt)],
);

/** Of the browsers that were opened before there was anything to choose. */
const DIRECTLY: BrowserNetwork = {
  exit: { type: 'direct', source: 'host', server: null, addresses: [], country: null, city: null, tags: [] },
  allow: null,
  deny: [],
};

export const browsers = carrelSchema.table(
  'browsers',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    /** The data directory whose server has, or had, the browser. */
    nodeId: text('node_id').notNull(),
    status: text('status').$type<BrowserStatus>().notNull(),
    kind: text('kind').$type<BrowserKind>().notNull(),
    browserVersion: text('browser_version'),
    isolation: json('isolation').$type<{ level: IsolationLevel; reasons: string[] }>().notNull(),
    standby: text('standby').$type<Standby>().notNull().default('off'),
    /** Of those that were opened before there was a pool, `cold` without a reason. */
    startup: text('startup').$type<Startup>().notNull().default('cold'),
    startupReason: text('startup_reason').$type<StartupReason>(),
    createdAt: moment('created_at').notNull(),
    endedAt: moment('ended_at'),
    expiresAt: moment('expires_at').notNull(),
    idleTimeoutSeconds: integer('idle_timeout_seconds').notNull(),
    maxDurationSeconds: integer('max_duration_seconds').notNull(),
    reason: json('reason').$type<EndReason>(),
    endUserId: text('end_user_id'),
    metadata: json('metadata').$type<Record<string, string>>().notNull(),
    network: json('network').$type<BrowserNetwork>().notNull().default(DIRECTLY),
    /** Null: it has not started, or was opened before browsers had one. */
    identity: json('identity').$type<Identity>(),
    /** Null: without one, or opened before there were any. */
    profile: json('profile').$type<BrowserProfile>(),
    needsHuman: json('needs_human').$type<NeedsHuman>(),
    warnings: json('warnings').$type<string[]>().notNull().default([]),
  },
  (table) => [
    index('browsers_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('browsers_of_end_user').on(table.projectId, table.endUserId, table.createdAt.desc()).where(sql`${table.endUserId} is not null`),
    index('browsers_open').on(table.nodeId).where(sql`${table.endedAt} is null`),
  ],
);

export const browserEvents = carrelSchema.table(
  'browser_events',
  {
    browserId: text('browser_id')
      .notNull()
      .references(() => browsers.id, { onDelete: 'cascade' }),
    id: integer('id').notNull(),
    type: text('type').$type<BrowserEventType>().notNull(),
    createdAt: moment('created_at').notNull(),
    data: json('data').$type<Record<string, unknown>>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.browserId, table.id] })],
);

/** What was recorded of browsers. The recordings themselves are files of the server that had the browser. */
export const recordings = carrelSchema.table(
  'recordings',
  {
    /** Of the browser: each has one at most. */
    id: text('browser_id')
      .primaryKey()
      .references(() => browsers.id, { onDelete: 'cascade' }),
    projectId: text('project_id').notNull(),
    endUserId: text('end_user_id'),
    /** Whose turn's browser it is; null: of none. */
    taskId: text('task_id'),
    sessionId: text('session_id'),
    nodeId: text('node_id').notNull(),
    /** The key of what is in the file, wrapped by a master key. Without it the file says nothing. */
    wrappedKey: bytea('wrapped_key').notNull(),
    masterKeyId: text('master_key_id').notNull(),
    createdAt: moment('created_at').notNull(),
    endedAt: moment('ended_at'),
    endReason: text('end_reason').$type<NonNullable<Recording['endReason']>>(),
    durationMs: integer('duration_ms').notNull().default(0),
    frames: integer('frames').notNull().default(0),
    lines: integer('lines').notNull().default(0),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull().default(0),
  },
  (table) => [
    index('recordings_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('recordings_of_task').on(table.taskId),
    index('recordings_of_session').on(table.sessionId),
    index('recordings_of_node').on(table.nodeId),
    index('recordings_of_master_key').on(table.masterKeyId),
  ],
);

export const idempotencyKeys = carrelSchema.table(
  'idempotency_keys',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** Keyed hash of the request, to tell a retry from another request. */
    requestHash: bytea('request_hash').notNull(),
    /** Names the request that is being answered: only that one may settle the row. */
    claimId: text('claim_id').notNull(),
    nodeId: text('node_id').notNull(),
    /** Encrypted; null while the request is being answered. */
    response: bytea('response'),
    createdAt: moment('created_at').notNull(),
    /** An unanswered row is another's to take after this. */
    leaseUntil: moment('lease_until').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.key] }),
    index('idempotency_keys_expiry').on(table.expiresAt),
    index('idempotency_keys_in_use').on(table.nodeId).where(sql`${table.response} is null`),
  ],
);

export const profiles = carrelSchema.table(
  'profiles',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text('name'),
    endUserId: text('end_user_id'),
    metadata: json('metadata').$type<Record<string, string>>().notNull(),
    keepVersions: integer('keep_versions').notNull(),
    currentVersion: integer('current_version'),
    /** The number of the next version: numbers are never used twice. */
    nextVersion: integer('next_version').notNull().default(1),
    /** The key of all that is kept of it, wrapped by a master key. Null: it is being deleted, and nothing of it can be read any more. */
    wrappedKey: bytea('wrapped_key'),
    /** Names the master key. */
    masterKeyId: text('master_key_id').notNull(),
    /** Where its browsers leave, with the passwords of the caller's own proxies: sealed with its key. Null: nothing was asked for. */
    sealedExit: bytea('sealed_exit'),
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
  },
  (table) => [
    uniqueIndex('profiles_name').on(table.projectId, table.name).where(sql`${table.name} is not null`),
    index('profiles_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('profiles_of_end_user').on(table.projectId, table.endUserId, table.createdAt.desc()).where(sql`${table.endUserId} is not null`),
    index('profiles_of_master_key').on(table.masterKeyId),
  ],
);

export const profileVersions = carrelSchema.table(
  'profile_versions',
  {
    profileId: text('profile_id')
      .notNull()
      .references(() => profiles.id, { onDelete: 'cascade' }),
    version: integer('version').notNull(),
    createdAt: moment('created_at').notNull(),
    source: text('source').$type<ProfileVersion['source']>().notNull(),
    browserId: text('browser_id'),
    basedOn: integer('based_on'),
    mergedWith: integer('merged_with'),
    kind: text('kind').$type<BrowserKind>().notNull(),
    browserVersion: text('browser_version').notNull(),
    /** Names the archive in the store; two versions may share one. */
    objectName: text('object_name').notNull(),
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    unpackedBytes: bigint('unpacked_bytes', { mode: 'number' }).notNull(),
    /** What it holds (origins, counts, sizes), sealed with the profile's key: where somebody was is a secret too. */
    sealedContents: bytea('sealed_contents').notNull(),
  },
  (table) => [primaryKey({ columns: [table.profileId, table.version] }), index('profile_versions_object').on(table.objectName)],
);

/** Who may save to a profile at the moment. A row is gone when its browser is, or dead when the server that made it is. */
export const profileHolds = carrelSchema.table(
  'profile_holds',
  {
    /** Of a browser, or of an import. */
    browserId: text('browser_id').primaryKey(),
    profileId: text('profile_id')
      .notNull()
      .references(() => profiles.id, { onDelete: 'cascade' }),
    nodeId: text('node_id').notNull(),
    /** The version that it began from, and would be merged against: kept meanwhile. */
    baseVersion: integer('base_version'),
    isExclusive: boolean('is_exclusive').notNull(),
    since: moment('since').notNull(),
  },
  (table) => [
    uniqueIndex('profile_holds_one_exclusive').on(table.profileId).where(sql`${table.isExclusive}`),
    index('profile_holds_of_profile').on(table.profileId),
    index('profile_holds_of_node').on(table.nodeId),
  ],
);

export const auditEvents = carrelSchema.table(
  'audit_events',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    createdAt: moment('created_at').notNull(),
    apiKeyId: text('api_key_id').notNull(),
    action: text('action').$type<AuditEvent['action']>().notNull(),
    subject: text('subject').notNull(),
    details: json('details').$type<Record<string, unknown>>().notNull(),
  },
  (table) => [index('audit_events_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc())],
);

/** A server: its data directory, whether it runs, and where it is reached. */
export const nodes = carrelSchema.table('nodes', {
  id: text('id').primaryKey(),
  /** Where others send callers to: `CARREL_PUBLIC_URL`, or where it listens. */
  url: text('url').notNull(),
  startedAt: moment('started_at').notNull(),
  /** Names the master keys that it has. */
  masterKeyIds: text('master_key_ids').array().notNull().default([]),
  /** Null: it runs, or was killed and that was not noticed yet. */
  stoppedAt: moment('stopped_at'),
});

/** A place for a browser within the limit of its project, while several servers share that. A server that is alone keeps none here. */
export const browserPlaces = carrelSchema.table(
  'browser_places',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    nodeId: text('node_id').notNull(),
  },
  (table) => [index('browser_places_of_project').on(table.projectId), index('browser_places_of_node').on(table.nodeId)],
);

/** One row: what all servers of the database agree on. */
export const deployment = carrelSchema.table('deployment', {
  id: integer('id').primaryKey(),
  /** Names the master key that wraps everything now: a server that does not have it does not start. */
  masterKeyId: text('master_key_id').notNull(),
});

/** The caller's own customers that there is something of. */
export const endUsers = carrelSchema.table(
  'end_users',
  {
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    id: text('id').notNull(),
    /** The key of their credentials and signed-in state, wrapped by a master key. Null: there are none yet, or they are being deleted. */
    wrappedKey: bytea('wrapped_key'),
    /** Names the master key. */
    masterKeyId: text('master_key_id'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.id] }),
    index('end_users_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('end_users_of_master_key').on(table.masterKeyId),
  ],
);

/** A login, the cookies or the storage of an origin of an end user: sealed with the end user's key. */
export const credentials = carrelSchema.table(
  'credentials',
  {
    projectId: text('project_id').notNull(),
    endUserId: text('end_user_id').notNull(),
    kind: text('kind').$type<'login' | 'cookie' | 'origin'>().notNull(),
    /** Of a login its alias, of a cookie a keyed hash of its place, of storage a keyed hash of its origin. */
    name: text('name').notNull(),
    sealed: bytea('sealed').notNull(),
    /** Counts up with each change: what was changed meanwhile is merged. */
    revision: integer('revision').notNull().default(1),
    updatedAt: moment('updated_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.endUserId, table.kind, table.name] }),
    foreignKey({ columns: [table.projectId, table.endUserId], foreignColumns: [endUsers.projectId, endUsers.id] }).onDelete('cascade'),
  ],
);

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

const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });

/**
 * One line for each event that a project's watchers want to hear of. They are written by triggers (migrations 0009 and 0014), in the
 * transaction that does it: whoever writes to one of those tables cannot forget it. Another trigger says so on `carrel_project_events`.
 *
 * `projectId` is no foreign key. Its check would lock the project of whoever has changed a row of it, while whoever deletes the project has
 * locked that and waits for the row. A trigger removes the lines with their project instead.
 */
export const projectEvents = carrelSchema.table(
  'project_events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    /** The transaction that wrote it: ids come in the order of asking, which is not that of committing. */
    xid: xid8('xid').notNull().default(sql`pg_current_xact_id()`),
    writtenAt: timestamp('written_at', { withTimezone: true }).notNull().default(sql`clock_timestamp()`),
    projectId: text('project_id').notNull(),
    /** What a key must be good for to read the line. */
    scope: text('scope').$type<Scope>().notNull(),
    type: text('type').$type<ProjectEvent['type']>().notNull(),
    createdAt: moment('created_at').notNull(),
    browserId: text('browser_id'),
    taskId: text('task_id'),
    sessionId: text('session_id'),
    endUserId: text('end_user_id'),
    profileId: text('profile_id'),
    webhookId: text('webhook_id'),
    apiKeyId: text('api_key_id'),
    eventId: integer('event_id'),
  },
  (table) => [index('project_events_of_project').on(table.projectId, table.xid, table.id), index('project_events_age').on(table.writtenAt)],
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

export const webhooks = carrelSchema.table(
  'webhooks',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    url: text('url').notNull(),
    events: text('events').array().$type<WebhookEventType[]>().notNull(),
    isEnabled: boolean('is_enabled').notNull().default(true),
    /** Sealed with the master key. */
    sealedSecret: bytea('sealed_secret').notNull(),
    /** The one before, with which deliveries are signed too until then. */
    sealedEarlierSecret: bytea('sealed_earlier_secret'),
    earlierSecretUntil: moment('earlier_secret_until'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [index('webhooks_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc())],
);

export const webhookDeliveries = carrelSchema.table(
  'webhook_deliveries',
  {
    id: text('id').primaryKey(),
    webhookId: text('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    /** What it tells of: one of the two. */
    taskId: text('task_id').references(() => tasks.id, { onDelete: 'cascade' }),
    browserId: text('browser_id').references(() => browsers.id, { onDelete: 'cascade' }),
    type: text('type').$type<WebhookEventType>().notNull(),
    payload: json('payload').$type<WebhookPayload>().notNull(),
    /** Where a person can do what a browser waits for, which is a secret: sealed with the master key. */
    sealedLink: bytea('sealed_link'),
    status: text('status').$type<WebhookDelivery['status']>().notNull(),
    attempts: json('attempts').$type<WebhookDelivery['attempts']>().notNull().default([]),
    nextAttemptAt: moment('next_attempt_at'),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    index('webhook_deliveries_of_webhook').on(table.webhookId, table.createdAt.desc(), table.id.desc()),
    index('webhook_deliveries_of_task').on(table.taskId),
    index('webhook_deliveries_of_browser').on(table.browserId),
    index('webhook_deliveries_due').on(table.nextAttemptAt).where(sql`${table.status} = 'pending'`),
  ],
);

/** The vaults of Notte's clients: the credentials of an end user, which has the same id, by a name. */
export const notteVaults = carrelSchema.table(
  'notte_vaults',
  {
    projectId: text('project_id').notNull(),
    id: text('id').notNull(),
    name: text('name').notNull(),
    createdAt: moment('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.projectId, table.id] }),
    foreignKey({ columns: [table.projectId, table.id], foreignColumns: [endUsers.projectId, endUsers.id] }).onDelete('cascade'),
    index('notte_vaults_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
  ],
);

/** The agents of Notte's clients: each works in a browser that its caller opened, and ends with it at the latest. */
export const notteAgents = carrelSchema.table(
  'notte_agents',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    browserId: text('browser_id')
      .notNull()
      .references(() => browsers.id, { onDelete: 'cascade' }),
    task: text('task').notNull(),
    url: text('url'),
    createdAt: moment('created_at').notNull(),
    /** Null: it works, or its server died. */
    closedAt: moment('closed_at'),
    success: boolean('success'),
    answer: text('answer'),
    /** As clients read them. */
    steps: json('steps').$type<Record<string, Json>[]>().notNull(),
  },
  (table) => [
    index('notte_agents_of_project').on(table.projectId, table.createdAt.desc(), table.id.desc()),
    index('notte_agents_of_browser').on(table.browserId),
  ],
);
