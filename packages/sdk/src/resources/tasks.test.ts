import { describe, expect, it } from 'vitest';
import { Carrel } from '../client.js';
import { CarrelTaskError, isCarrelError } from '../errors.js';
import { type Answer, eventStream, failure, hangUp, json, startContractServer } from '../testing/contract-server.js';
import type { StepSummary, Task, TaskEvent, TaskEventType } from '../types.js';
import { isTerminal, resultOf } from './tasks.js';

const ID = 't_00000000000000000000000001';
const SESSION_ID = 's_00000000000000000000000001';
const submitted = { taskId: ID, sessionId: SESSION_ID, status: 'pending', createdAt: '2026-11-22T00:00:00.000Z' };
const request = { endUserId: 'ann', task: 'What is on sale?' };

const task = (change: Partial<Task>): Task => ({
  taskId: ID,
  sessionId: SESSION_ID,
  endUserId: 'ann',
  task: request.task,
  status: 'completed',
  stopReason: 'done',
  result: 'Essays',
  structured_content: null,
  structuredContent: null,
  model: 'builtin',
  totalSteps: 1,
  durationMs: 10,
  visitedUrls: [],
  stepSummaries: [],
  usage: [],
  costUsd: null,
  waitingFor: null,
  startUrl: null,
  schema: null,
  maxSteps: 25,
  metadata: {},
  browserId: null,
  attempt: 1,
  isDead: false,
  createdAt: '2026-11-22T00:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  updatedAt: '2026-11-22T00:00:00.000Z',
  ...change,
});
const event = (id: number, type: TaskEventType, data: TaskEvent['data'] = {}): TaskEvent => ({
  id,
  type,
  createdAt: '2026-11-22T00:00:00.000Z',
  data,
});
const step: StepSummary = {
  n: 1,
  type: 'execution',
  msg: 'Clicked “Sale”.',
  success: true,
  url: 'https://shop.example/sale',
  durationMs: 5,
  tools: ['click'],
  hasScreenshot: false,
};
const lines = (...events: TaskEvent[]) =>
  events.map((one) => `id: ${one.id}\nevent: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
const list = (...events: TaskEvent[]) => json(200, { data: events, nextCursor: null });

/** A server that answers each call by what it is, the answers of one kind in turn. */
async function serve(answers: { stream?: Answer[]; log?: Answer[]; get?: Answer[]; post?: Answer[] }) {
  const { stream = [], log = [list()], get = [json(200, task({}))], post = [json(201, submitted)] } = answers;
  const next = (queue: Answer[], otherwise: Answer): Answer => (queue.length > 1 ? queue.shift() : queue[0]) ?? otherwise;
  const { url, received } = await startContractServer((response, call) => {
    const isStream = call.headers.accept === 'text/event-stream';
    const queue = call.method === 'POST' ? post : isStream ? stream : call.path.includes('/events') ? log : get;
    next(queue, hangUp)(response, call);
  });
  return { client: new Carrel({ url, maxRetries: 0 }), received };
}

describe('tasks.run', () => {
  it('should submit, tell what happens as it happens, and give the task as it ended', async () => {
    const { client, received } = await serve({
      stream: [
        eventStream(
          lines(event(1, 'task.created'), event(2, 'step.finished', { step: 1, summary: step, usage: [] }), event(3, 'task.completed')),
          'stay',
        ),
      ],
    });
    const told: string[] = [];
    const options = { onEvent: ({ type }: TaskEvent) => void told.push(type), onStep: ({ msg }: StepSummary) => void told.push(msg) };
    const ended = await client.tasks.run<string>({ ...request, sessionId: SESSION_ID }, options);
    expect(resultOf(ended)).toBe('Essays');
    expect(told).toEqual(['task.created', 'step.finished', 'Clicked “Sale”.', 'task.completed']);
    expect(received[0]).toMatchObject({ method: 'POST', path: '/v1/tasks', body: JSON.stringify({ ...request, sessionId: SESSION_ID }) });
    expect(received[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('should give a task that failed, too', async () => {
    const { client } = await serve({
      stream: [eventStream(lines(event(1, 'task.failed')), 'stay')],
      get: [json(200, task({ status: 'failed', stopReason: 'error', result: null, error: 'Too hard.', errorCode: 'model_required' }))],
    });
    const failed = await client.tasks.run(request);
    expect(isTerminal(failed)).toBe(true);
    expect(() => resultOf(failed)).toThrow(CarrelTaskError);
    expect(() => resultOf(failed)).toThrow('failed: Too hard.');
    expect(isCarrelError(new CarrelTaskError(failed), 'task_not_completed')).toBe(true);
  });

  it('should go on from the last event when the stream breaks, telling none twice', async () => {
    const { client, received } = await serve({
      stream: [
        eventStream(lines(event(1, 'task.created')), 'break'),
        eventStream(lines(event(2, 'task.running'), event(3, 'task.completed')), 'stay'),
      ],
    });
    const told: number[] = [];
    await client.tasks.run(request, { onEvent: ({ id }) => void told.push(id) });
    expect(told).toEqual([1, 2, 3]);
    const streams = received.filter(({ headers }) => headers.accept === 'text/event-stream');
    expect(streams.map(({ headers }) => headers['last-event-id'])).toEqual(['0', '1']);
  });

  it('should ask again and again where streams do not come through', async () => {
    const { client } = await serve({
      stream: [hangUp],
      get: [json(200, task({ status: 'pending' })), json(200, task({ status: 'running' })), json(200, task({}))],
      log: [list(event(1, 'task.created')), list(event(2, 'task.running')), list(event(3, 'task.completed'))],
    });
    const told: number[] = [];
    expect((await client.tasks.run(request, { onEvent: ({ id }) => void told.push(id) })).status).toBe('completed');
    expect(told).toEqual([1, 2, 3]);
  });

  it('should not take the end of an attempt for the end of a task that was begun anew', async () => {
    const { client } = await serve({
      stream: [eventStream(lines(event(1, 'task.failed'), event(2, 'task.running'), event(3, 'task.completed')), 'stay')],
      get: [json(200, task({ status: 'running' })), json(200, task({}))],
    });
    expect((await client.tasks.wait(ID)).status).toBe('completed');
  });

  it('should cancel the task when it is given up, and throw the reason', async () => {
    const { client, received } = await serve({
      stream: [eventStream(lines(event(1, 'task.created')), 'stay')],
      post: [json(201, submitted), json(200, task({ status: 'cancelled', result: null }))],
    });
    const controller = new AbortController();
    const running = client.tasks.run(request, { signal: controller.signal, onEvent: () => controller.abort(new Error('enough')) });
    await expect(running).rejects.toThrow('enough');
    expect(received.at(-1)).toMatchObject({ method: 'POST', path: `/v1/tasks/${ID}/cancel` });
    await expect(client.tasks.run(request, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
    expect(received.at(-1)?.path).toBe(`/v1/tasks/${ID}/cancel`);
  });

  it('should leave a task alone that is only waited for', async () => {
    const { client, received } = await serve({ stream: [eventStream(lines(event(1, 'task.created')), 'stay')] });
    await expect(client.tasks.wait(ID, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'timeout' });
    expect(received.map(({ method }) => method)).not.toContain('POST');
  });

  it('should throw what the server says against the task', async () => {
    const refused = await serve({ post: [failure(409, 'session_busy')] });
    await expect(refused.client.tasks.run(request)).rejects.toMatchObject({ code: 'session_busy' });
    const gone = await serve({ stream: [failure(404, 'not_found')] });
    await expect(gone.client.tasks.run(request)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('tasks, sessions, end users and webhooks', () => {
  it('should ask for what the contract has', async () => {
    const { url, received } = await startContractServer(json(200, { data: [], sessions: [], nextCursor: null }));
    const { tasks, sessions, endUsers, webhooks } = new Carrel({ url });
    await tasks.get(ID, { include: 'context' });
    await tasks.list({ endUserId: 'ann' });
    await tasks.cancel(ID);
    await tasks.pause(ID);
    await tasks.resume(ID, { answer: 'yes' });
    await tasks.requeue(ID);
    await tasks.dead({ limit: 5 }).all();
    await tasks.screenshot(ID, 2);
    await sessions.get(SESSION_ID);
    await sessions.list({ endUserId: 'ann' }).all();
    await sessions.export(SESSION_ID);
    await sessions.delete(SESSION_ID);
    const ann = endUsers('ann/1');
    await ann.credentials.set({ redditSession: 'x' });
    await ann.credentials.get();
    await ann.credentials.delete({ logins: ['shop'] });
    await ann.credentials.delete();
    await ann.get();
    await ann.export();
    await ann.delete();
    await endUsers.list().all();
    await webhooks.create({ url: 'https://a.example' });
    await webhooks.list().all();
    await webhooks.update('wh_1', { isEnabled: false });
    await webhooks.rotateSecret('wh_1');
    await webhooks.deliveries('wh_1', { status: 'failed' }).all();
    await webhooks.redeliver('wh_1', 'msg_1');
    await webhooks.get('wh_1');
    await webhooks.delete('wh_1');
    expect(received.map(({ method, path, body }) => [`${method} ${path}`, ...(body === '' ? [] : [JSON.parse(body)])])).toEqual([
      [`GET /v1/tasks/${ID}?include=context`],
      ['GET /v1/tasks?endUserId=ann'],
      [`POST /v1/tasks/${ID}/cancel`],
      [`POST /v1/tasks/${ID}/pause`],
      [`POST /v1/tasks/${ID}/resume`, { answer: 'yes' }],
      [`POST /v1/tasks/${ID}/requeue`],
      ['GET /v1/dead-tasks?limit=5'],
      [`GET /v1/tasks/${ID}/steps/2/screenshot`],
      [`GET /v1/sessions/${SESSION_ID}`],
      ['GET /v1/sessions?endUserId=ann'],
      [`GET /v1/sessions/${SESSION_ID}/export`],
      [`DELETE /v1/sessions/${SESSION_ID}`],
      ['PUT /v1/end-users/ann%2F1/credentials', { redditSession: 'x' }],
      ['GET /v1/end-users/ann%2F1/credentials'],
      ['DELETE /v1/end-users/ann%2F1/credentials', { logins: ['shop'] }],
      ['DELETE /v1/end-users/ann%2F1/credentials', {}],
      ['GET /v1/end-users/ann%2F1'],
      ['GET /v1/end-users/ann%2F1/export'],
      ['DELETE /v1/end-users/ann%2F1'],
      ['GET /v1/end-users'],
      ['POST /v1/webhooks', { url: 'https://a.example' }],
      ['GET /v1/webhooks'],
      ['PATCH /v1/webhooks/wh_1', { isEnabled: false }],
      ['POST /v1/webhooks/wh_1/rotate-secret'],
      ['GET /v1/webhooks/wh_1/deliveries?status=failed'],
      ['POST /v1/webhooks/wh_1/deliveries/msg_1/redeliver'],
      ['GET /v1/webhooks/wh_1'],
      ['DELETE /v1/webhooks/wh_1'],
    ]);
  });
});
