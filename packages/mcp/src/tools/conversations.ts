import { isTerminal, type SubmitTaskRequest, type Task } from '@carrel/sdk';
import { z } from 'zod';
import { defined, fromPage, lines, shortened, type ToolContext, tool } from './tool.js';

const MOST_LISTED = 30;
const MAX_RESULT_CHARS = 30_000;
/** Of each turn of a conversation. */
const MAX_TURN_CHARS = 3_000;
const LAST_STEPS = 10;
/** Clients give a call up after a minute, as a rule. */
const DEFAULT_WAIT_SECONDS = 45;

const taskId = z.string().max(64).describe('Of the task, `t_…`.');
const waitSeconds = z
  .number()
  .min(0)
  .max(600)
  .default(DEFAULT_WAIT_SECONDS)
  .describe(`How long to wait for its end. Default ${DEFAULT_WAIT_SECONDS}; it goes on when that is over.`);

export const CONVERSATION_TOOLS = [
  tool({
    name: 'run_task',
    title: 'Have a task done',
    description:
      'Has an agent do a task in a fresh browser, signed in as the end user is. With `sessionId` it goes on with a conversation and knows the result before. Answers the result, or how far it is after `waitSeconds`.',
    effect: 'act',
    input: z.strictObject({
      endUserId: z.string().max(256).describe('Whose task it is: your own name for the customer.'),
      task: z.string().max(32_000).describe('What to do, in plain words.'),
      sessionId: z.string().max(64).optional().describe('The conversation to go on with. Left out: a new one.'),
      startUrl: z.string().max(8_192).optional().describe('Where the agent begins.'),
      schema: z.record(z.string(), z.unknown()).optional().describe('JSON Schema that the result is to be valid against; else it is text.'),
      maxSteps: z.number().int().optional().describe('Calls of the model. Default 25.'),
      waitSeconds,
    }),
    run: async ({ waitSeconds, ...request }, context) => {
      const { taskId } = await context.client.tasks.submit(defined(request) as SubmitTaskRequest, context.call);
      return await waited(taskId, waitSeconds, context);
    },
  }),
  tool({
    name: 'get_task',
    title: 'How a task is going',
    description: 'Waits for the end of a task and answers its result, or how far it is and what it waits for.',
    effect: 'read',
    input: z.strictObject({ taskId, waitSeconds }),
    run: ({ taskId, waitSeconds }, context) => waited(taskId, waitSeconds, context),
  }),
  tool({
    name: 'answer_task',
    title: 'Answer a task’s question',
    description: 'Answers the question that a paused task has asked, so that it goes on; without an answer it goes on as it is.',
    effect: 'act',
    input: z.strictObject({ taskId, answer: z.string().max(32_000).optional(), waitSeconds }),
    run: async ({ taskId, answer, waitSeconds }, context) => {
      await context.client.tasks.resume(taskId, defined({ answer }), context.call);
      return await waited(taskId, waitSeconds, context);
    },
  }),
  tool({
    name: 'cancel_task',
    title: 'Cancel a task',
    description: 'Cancels a task, wherever it is. One that has ended stays as it is.',
    effect: 'end',
    input: z.strictObject({ taskId }),
    run: async ({ taskId }, context) => told(await context.client.tasks.cancel(taskId, context.call), context),
  }),
  tool({
    name: 'list_sessions',
    title: 'List conversations',
    description: 'Lists conversations, newest first.',
    effect: 'read',
    input: z.strictObject({ endUserId: z.string().max(256).optional().describe('Only those of this end user.') }),
    run: async (query, { client, call }) => {
      const { sessions } = await client.tasks.list({ ...defined(query), limit: MOST_LISTED }, call);
      if (sessions.length === 0) return 'There is no conversation. `run_task` begins one.';
      const all = sessions.map(
        ({ sessionId, endUserId, firstTask, turnCount, latestStatus, latestCreatedAt }) =>
          `${sessionId} · ${endUserId} · ${turnCount} ${turnCount === 1 ? 'turn' : 'turns'} · ${latestStatus} · ${latestCreatedAt} · ${firstTask.slice(0, 100)}`,
      );
      return lines(...all, sessions.length === MOST_LISTED && '… there may be more.');
    },
  }),
  tool({
    name: 'get_session',
    title: 'Read a conversation',
    description: 'Shows the turns of a conversation in their order: what was asked, and what came of it.',
    effect: 'read',
    input: z.strictObject({ sessionId: z.string().max(64).describe('Of the conversation, `s_…`.') }),
    run: async ({ sessionId }, { client, call }) => {
      const { tasks, endUserId } = await client.sessions.get(sessionId, call);
      const turns = tasks.map((task, index) =>
        lines(`${index + 1}. ${task.taskId} (${task.status}): ${task.task}`, ending(task, MAX_TURN_CHARS)),
      );
      return lines(`Conversation ${sessionId} of ${endUserId}.`, ...turns);
    },
  }),
];

/** Waits for the end of a task, for so long, and says how it is then. */
async function waited(taskId: string, seconds: number, context: ToolContext): Promise<string> {
  const { client, call, progress } = context;
  const enough = AbortSignal.timeout(Math.max(1, seconds * 1_000));
  try {
    const signal = AbortSignal.any([call.signal, enough]);
    if (seconds > 0)
      return await told(await client.tasks.wait(taskId, { signal, onStep: ({ n, msg }) => progress(`${n}. ${msg}`) }), context);
  } catch (error) {
    if (!enough.aborted || call.signal.aborted) throw error;
  }
  return told(await client.tasks.get(taskId, {}, call), context);
}

/** A task in lines. */
async function told(task: Task, { liveLink }: ToolContext): Promise<string> {
  const { taskId, sessionId, status, stepSummaries, waitingFor, browserId } = task;
  if (isTerminal(task)) {
    const last = stepSummaries.length > 0 && `After ${stepSummaries.length} ${stepSummaries.length === 1 ? 'step' : 'steps'}.`;
    return lines(`Task ${taskId} of session ${sessionId}: ${status}.`, last, ending(task, MAX_RESULT_CHARS));
  }
  const link = browserId === null ? null : await liveLink(browserId);
  const steps = stepSummaries.slice(-LAST_STEPS).map(({ n, msg, success }) => `${n}. ${msg}${success ? '' : ' (failed)'}`);
  return lines(
    `Task ${taskId} of session ${sessionId}: ${status}. Ask again with \`get_task\`.`,
    steps.length > 0 && fromPage('its last steps', lines(...steps)),
    waitingFor?.question && `It asks: ${waitingFor.question}\nAnswer with \`answer_task\`.`,
    waitingFor?.url && `A person can answer or help here: ${waitingFor.url}`,
    link && `Live view, where a person can watch, help and take over: ${link}`,
  );
}

/** What came of a task. */
function ending({ status, result, error }: Task, maxChars: number): string {
  if (status !== 'completed') return error === undefined ? '' : fromPage('error', shortened(error, maxChars, ''));
  const text = typeof result === 'string' ? result : JSON.stringify(result, null, 1);
  return fromPage('result', shortened(text, maxChars, 'The whole of it is in the API and the dashboard.'));
}
