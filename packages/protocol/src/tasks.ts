import { z } from 'zod';
import { browserKind } from './browsers.js';
import { endUserId, type Json, jsonValue, listOf, listQuery, metadata, navigableUrl, timestamp } from './common.js';
import { identityRequest } from './identity.js';
import { idSchema } from './ids.js';
import { isHostPattern, proxies } from './network.js';
import { recordRequest } from './recordings.js';

export const taskId = idSchema('task').describe('Id of a task.');
export const sessionId = idSchema('session').describe('Id of a session: the server makes it.');

/** The states of a task. `completed`, `failed` and `cancelled` are ends: nothing follows them. */
export const taskStatus = z.enum(['pending', 'running', 'paused', 'completed', 'failed', 'cancelled']);
export type TaskStatus = z.infer<typeof taskStatus>;

/** Why a turn ended. `done` and `max_steps` go with `completed`, `cancelled` with itself, all others with `failed`. */
export const stopReason = z.enum(['done', 'max_steps', 'timeout', 'budget', 'stalled', 'human_timeout', 'cancelled', 'error']);
export type StopReason = z.infer<typeof stopReason>;

/** Why a task failed, for programs. */
export const TASK_FAILURES = {
  timeout: 'It took longer than `timeoutMs`.',
  budget_exceeded: 'It would have cost more than `maxCostUsd`.',
  start_url_failed: '`startUrl` could not be opened.',
  stalled: 'The agent did the same over and over and got nowhere.',
  human_timeout: 'A person was asked for help, and nobody answered in time.',
  model_required: 'The built-in model cannot do it: set a language model (`CARREL_MODEL`, the project’s `model`, or the task’s).',
  model_unavailable: 'No model that the task may use answered.',
  model_refused: 'The model refused to do it.',
  schema_mismatch: 'The answer did not fit `schema`, however often the model was told so.',
  browser_failed: 'The browser of the turn could not be started, or died.',
  credentials_unavailable: 'The credentials of the end user could not be read or brought into the browser.',
  server_died: 'The server that ran it died when it had acted on a page already, so that it was not started anew (`retry`).',
  internal: 'A defect in the server.',
} as const;
export type TaskFailure = keyof typeof TASK_FAILURES;
export const taskFailure = z.enum(Object.keys(TASK_FAILURES) as [TaskFailure, ...TaskFailure[]]);

/** `builtin`, or a provider and its name for a model. */
export const modelName = z
  .string()
  .max(255)
  .regex(
    /^(builtin|(openai|anthropic|google|openai-compatible)\/[\w.:@/-]+)$/,
    'must be builtin, openai/…, anthropic/…, google/… or openai-compatible/…',
  )
  .describe('`builtin`, or a provider and its model: `openai/…`, `anthropic/…`, `google/…`, `openai-compatible/…`.');

const domain = z
  .string()
  .max(260)
  .refine((text) => isHostPattern(text) && text !== '*', 'must be a host such as example.com, with an optional :port')
  .describe('A host; those below it are meant too.');

/** A JSON Schema (2020-12 or draft 7). */
const jsonSchema = z.record(z.string(), jsonValue);

export const onBusy = z.enum(['parallel', 'queue', 'reject']);
export const retryPolicy = z.enum(['before-first-action', 'always', 'never']);

const MAX_STEPS = 200;

export const submitTaskRequest = z
  .strictObject({
    endUserId: endUserId.describe(
      'Whose turn it is: your own name for the customer. It owns the session, credentials and signed-in state.',
    ),
    task: z
      .string()
      .max(32_000)
      .refine((text) => text.trim() !== '', 'must say something')
      .describe('What to do, in plain words.'),
    sessionId: sessionId.optional().describe('The conversation to go on with. Left out: a new one.'),
    startUrl: navigableUrl.optional().describe('Where the browser is when the agent begins. Default: a blank page.'),
    schema: jsonSchema.optional().describe('JSON Schema that `result` is to be valid against; else it is text.'),
    maxSteps: z
      .number()
      .int()
      .min(1)
      .overwrite((steps) => Math.min(steps, MAX_STEPS))
      .default(25)
      .describe(`Calls of the model, after which it must answer from what it knows. More than ${MAX_STEPS} count as ${MAX_STEPS}.`),
    timeoutMs: z
      .number()
      .int()
      .min(1000)
      .max(86_400_000)
      .default(600_000)
      .describe('How long it may run, without the time that it waits for people.'),
    maxCostUsd: z
      .number()
      .positive()
      .max(10_000)
      .optional()
      .describe('Stops it before this is spent. Needs a model whose price the server knows.'),
    model: modelName.optional().describe('Default: that of the project, else of the server (`CARREL_MODEL`).'),
    fallbackModels: z.array(modelName).max(5).optional().describe('Tried in this order when `model` does not answer.'),
    allowedDomains: z
      .array(domain)
      .min(1)
      .max(100)
      .optional()
      .describe('The browser reaches these hosts and those below them, and no others. Default: all.'),
    proxies: proxies.optional(),
    identity: identityRequest.optional().describe('Who the browser is to pages.'),
    kind: browserKind.optional().describe('Default: headless-shell.'),
    solveCaptchas: z
      .boolean()
      .optional()
      .describe(
        'Whether captchas that stand in the way are given to the solving service, if the operator has set one, and else to a person: the turn is paused meanwhile. Default false.',
      ),
    record: recordRequest.optional(),
    metadata: metadata.optional(),
    onBusy: onBusy
      .default('parallel')
      .describe(
        'When a turn of the session is under way: run beside it (both know the same of what was before), wait for it (and know its ' +
          'result), or be refused with 409.',
      ),
    retry: retryPolicy
      .default('before-first-action')
      .describe('When the server that runs it dies: start anew only if nothing was done on a page yet, always, or never.'),
    priority: z.number().int().min(-100).max(100).default(0).describe('Larger ones of the project come first.'),
    screenshots: z.boolean().default(false).describe('Keep a picture of the page at each step.'),
    humanTimeoutMs: z.number().int().min(1000).max(86_400_000).default(900_000).describe('How long a question to a person stands.'),
    includeHtmlDump: z.boolean().optional().describe('Add the HTML of the last page to the answer.'),
    include_html_dump: z.boolean().optional().describe('Another name of `includeHtmlDump`.'),
  })
  .meta({ id: 'SubmitTaskRequest' });
export type SubmitTaskRequest = z.output<typeof submitTaskRequest>;
export type SubmitTaskInput = z.input<typeof submitTaskRequest>;

export const submittedTask = z
  .object({ taskId, sessionId, status: z.literal('pending'), createdAt: timestamp })
  .meta({ id: 'SubmittedTask' });
export type SubmittedTask = z.infer<typeof submittedTask>;

/** One call of the model and what came of it. */
export const stepSummary = z
  .object({
    n: z.number().int().describe('Counts up from 1.'),
    type: z.enum(['discovery', 'planning', 'execution']).describe('Looked, thought, or acted.'),
    msg: z.string().describe('What it did, in a sentence.'),
    success: z.boolean(),
    url: z.string().describe('Where it was afterwards.'),
    durationMs: z.number().int(),
    tools: z.array(z.string()).describe('The tools it used.'),
    hasScreenshot: z.boolean(),
  })
  .meta({ id: 'StepSummary' });
export type StepSummary = z.infer<typeof stepSummary>;

/** What a model was used for in a turn. */
export const modelUsage = z
  .object({
    model: z.string(),
    calls: z.number().int(),
    inputTokens: z.number().int(),
    cachedInputTokens: z.number().int().describe('Part of `inputTokens`.'),
    outputTokens: z.number().int(),
    costUsd: z.number().nullable().describe('Null: the server does not know its price.'),
  })
  .meta({ id: 'ModelUsage' });
export type ModelUsage = z.infer<typeof modelUsage>;

/** What a paused turn waits for. */
export const waitingFor = z
  .object({
    reason: z
      .enum(['human', 'captcha', 'control', 'resume'])
      .describe(
        'The answer to its question; that somebody solves the captcha in its browser; that the person who has taken control of it gives it back; or that it is resumed.',
      ),
    question: z.string().nullable(),
    url: z
      .string()
      .nullable()
      .describe('A page where a person without an account can answer, or solve the captcha; a secret, until that is over.'),
    since: timestamp,
    expiresAt: timestamp.nullable(),
  })
  .meta({ id: 'WaitingFor' });
export type WaitingFor = z.infer<typeof waitingFor>;

/** What a turn knew of the turns before it, as it was frozen when the turn landed. */
export const taskContext = z
  .object({
    previousContext: z.string().nullable().describe('The result of the last completed turn: at most 8,192 bytes of UTF-8.'),
    previousError: z.array(z.string()).describe('The errors of the failed turns, oldest first: 8,192 bytes in all, the newest kept.'),
  })
  .meta({ id: 'TaskContext' });
export type TaskContext = z.infer<typeof taskContext>;

/** One turn of a session. */
export const task = z
  .object({
    taskId,
    sessionId,
    endUserId,
    task: z.string(),
    status: taskStatus,
    stopReason: stopReason.nullable().describe('Null until it has ended.'),
    result: jsonValue.nullable().describe('Text, or what `schema` asks for. Null until it has completed.'),
    structured_content: jsonValue.nullable().describe('What `schema` asks for; null without one.'),
    structuredContent: jsonValue.nullable().describe('The same.'),
    html_dump: z.string().optional().describe('The HTML of the last page, where it was asked for.'),
    htmlDump: z.string().optional().describe('The same.'),
    error: z.string().optional().describe('Why it failed, and what to do; only when it did.'),
    errorCode: taskFailure.optional(),
    model: z.string().describe('The model that it asks first; `builtin` is the rule-based one that needs no key.'),
    totalSteps: z.number().int(),
    durationMs: z.number().int().describe('How long it has run; 0 until it runs.'),
    visitedUrls: z.array(z.string()).describe('The hosts it was at, each once, in order.'),
    stepSummaries: z.array(stepSummary),
    usage: z.array(modelUsage),
    costUsd: z.number().nullable().describe('Of all models together; null when a price is not known.'),
    waitingFor: waitingFor.nullable(),
    startUrl: z.string().nullable(),
    schema: jsonSchema.nullable(),
    maxSteps: z.number().int(),
    metadata,
    browserId: z
      .string()
      .nullable()
      .describe('The browser of the turn, once there is one; what was recorded of it is at `GET /v1/browsers/{id}/recording`.'),
    attempt: z.number().int().describe('How often it was begun.'),
    isDead: z.boolean().describe('It failed for want of something that is not its own; see `POST /v1/tasks/{id}/requeue`.'),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    updatedAt: timestamp,
    context: taskContext.optional().describe('Only with `include=context`.'),
  })
  .meta({ id: 'Task' });
export type Task = z.infer<typeof task>;

export const getTaskQuery = z.strictObject({
  include: z.enum(['context']).optional().describe('`context`: what it knew of the turns before.'),
});
export const listTasksQuery = listQuery.extend({ endUserId: endUserId.optional().describe('Only those of this end user.') });
export const taskParams = z.strictObject({ id: taskId });
export const taskStepParams = z.strictObject({ id: taskId, n: z.coerce.number().int().min(1).max(1_000_000) });
export const resumeTaskRequest = z
  .strictObject({ answer: z.string().max(32_000).optional().describe('To the question that the turn waits with; the model reads it.') })
  .meta({ id: 'ResumeTaskRequest' });

/** A conversation in lists. */
export const sessionSummary = z
  .object({
    sessionId,
    endUserId,
    firstTask: z.string(),
    turnCount: z.number().int(),
    latestStatus: taskStatus,
    latestCreatedAt: timestamp,
    latestUpdatedAt: timestamp,
  })
  .meta({ id: 'SessionSummary' });
export type SessionSummary = z.infer<typeof sessionSummary>;

/** The one list that is not `{data, nextCursor}`. */
export const taskList = z
  .object({
    sessions: z.array(sessionSummary),
    nextCursor: z.string().nullable().describe('Pass as `cursor` to read on; null at the end.'),
  })
  .meta({ id: 'TaskList' });
export const sessionList = listOf(sessionSummary).meta({ id: 'SessionList' });
export const sessionParams = z.strictObject({ id: sessionId });

/** A conversation with all its turns. */
export const session = z
  .object({ sessionId, endUserId, createdAt: timestamp, tasks: z.array(task).describe('In chronological order.') })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof session>;

/** A line of a task's durable log. */
export const taskEvent = z
  .object({
    id: z.number().int().describe('Counts up from 1 within the task.'),
    type: z.enum([
      'task.created',
      'task.running',
      'task.paused',
      'task.resumed',
      'task.retried',
      'task.completed',
      'task.failed',
      'task.cancelled',
      'browser.opened',
      'step.started',
      'step.finished',
      'model.called',
      'model.failed',
      'tool.called',
      'human.asked',
      'human.answered',
      'captcha.failed',
    ]),
    createdAt: timestamp,
    data: z.record(z.string(), jsonValue),
  })
  .meta({ id: 'TaskEvent' });
export type TaskEvent = z.infer<typeof taskEvent>;
export type TaskEventType = TaskEvent['type'];
export type TaskEventData = Record<string, Json>;

/** All that there is of a session: for requests of those whose data it is. */
export const sessionExport = session
  .extend({ tasks: z.array(task.extend({ context: taskContext, events: z.array(taskEvent) })) })
  .meta({ id: 'SessionExport' });
export type SessionExport = z.infer<typeof sessionExport>;
