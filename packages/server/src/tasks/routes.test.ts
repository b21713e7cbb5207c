import { CarrelError, newId, SCOPES, type Scope } from '@carrel/protocol';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Addresses } from '../http/addresses.js';
import { createApp } from '../http/app.js';
import { Authenticator } from '../http/authentication.js';
import { IdempotentAnswers } from '../http/idempotent-answers.js';
import { Router } from '../http/routing.js';
import { TestDatabase } from '../profiles/testing/test-database.js';
import { loadSettings } from '../settings/index.js';
import { taskRoutes } from './routes.js';
import { Deployment, done, type TestServer } from './testing/deployment.js';

let database: TestDatabase;
let deployment: Deployment;
let server: TestServer;
let app: FastifyInstance;
let secret: string;
const ALL_SCOPES = Object.keys(SCOPES) as Scope[];

beforeAll(async () => {
  database = await TestDatabase.start();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(async () => {
  deployment = await Deployment.create(database);
  server = await deployment.open({ maxQueuedTasks: 2 });
  const { settings } = loadSettings({ CARREL_DATA_DIR: deployment.newDirectory() }, deployment.newDirectory());
  const addresses = () => new Addresses(settings, 7070);
  app = await createApp({ settings, logger: pino({ level: 'silent' }), addresses });
  const router = new Router(app, new Authenticator(server.store, addresses), new IdempotentAnswers(server.store));
  taskRoutes(router, {
    store: server.store,
    defaultModel: 'builtin',
    answerUrl: ({ id }) => `https://answer.example/${id}`,
    checks: {
      assertModel: (name) => {
        if (name.startsWith('google/')) throw new CarrelError('model_not_configured', `There is no key for ${name}.`);
      },
      hasPrice: (name) => name !== 'openai/unknown',
      assertSchema: async ({ type }) => {
        if (type === 'nothing') throw new CarrelError('invalid_request', 'That is no JSON Schema.');
      },
      assertExit: (proxies) => {
        if (proxies === 'XX') throw new CarrelError('no_exit_available', 'There is no proxy in XX.');
      },
    },
  });
  secret = await keyWith(ALL_SCOPES);
});
afterEach(async () => {
  await app.close();
  await deployment[Symbol.asyncDispose]();
});

const keyWith = async (scopes: Scope[]) =>
  (await server.store.apiKeys.create({ projectId: server.projectId, name: 'test', scopes })).secret;

async function call(method: 'GET' | 'POST', url: string, options: { body?: object; key?: string; idempotencyKey?: string } = {}) {
  const { body, key = secret, idempotencyKey } = options;
  const headers = {
    host: '127.0.0.1:7070',
    authorization: `Bearer ${key}`,
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  };
  const answer = await app.inject({ method, url, headers, ...(body && { payload: body }) });
  return { status: answer.statusCode, headers: answer.headers, body: answer.body === '' ? null : answer.json() };
}

const submit = (body: object = {}, idempotencyKey?: string) =>
  call('POST', '/v1/tasks', { body: { endUserId: 'ann', task: 'do it', ...body }, ...(idempotencyKey && { idempotencyKey }) });

describe('POST /v1/tasks', () => {
  it('should say what it made, and once for one key', async () => {
    const first = await submit({}, 'key-1');
    expect(first.status).toBe(201);
    const { taskId, sessionId } = first.body;
    expect(first.body).toEqual({ taskId, sessionId, status: 'pending', createdAt: expect.any(String) });
    expect((await submit({}, 'key-1')).body).toEqual(first.body);
    expect(await deployment.query('select id from carrel.tasks')).toEqual([{ id: taskId }]);
  });

  it('should be refused with 429 and Retry-After when the queue is full', async () => {
    await submit();
    await submit();
    const refused = await submit();
    expect(refused).toMatchObject({ status: 429, body: { code: 'queue_full', details: { limit: 2, used: 2 } } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it.each([
    ['a session that is nobody’s', { sessionId: newId('session') }, 404, 'not_found'],
    ['an id that a client made', { sessionId: 'my-session' }, 400, 'invalid_request'],
    ['a model without a key', { model: 'google/x' }, 422, 'model_not_configured'],
    ['a fallback without a key', { fallbackModels: ['google/x'] }, 422, 'model_not_configured'],
    ['a cap on the cost of a model whose price is unknown', { model: 'openai/unknown', maxCostUsd: 1 }, 422, 'model_not_configured'],
    ['a schema that is none', { schema: { type: 'nothing' } }, 400, 'invalid_request'],
    ['a proxy that is not there', { proxies: 'XX' }, 422, 'no_exit_available'],
    ['a field that is not known', { speed: 11 }, 422, 'unknown_field'],
  ])('should refuse %s, and keep nothing', async (_, body, status, code) => {
    expect(await submit(body)).toMatchObject({ status, body: { code } });
    expect(await deployment.query('select id from carrel.tasks')).toEqual([]);
  });

  it('should take the model of the task, else of the project, else of the server', async () => {
    const modelOf = async ({ body }: { body: { taskId: string } }) => (await call('GET', `/v1/tasks/${body.taskId}`)).body.model;
    expect(await modelOf(await submit())).toBe('builtin');
    await server.store.projects.update(server.projectId, { model: 'openai/of-project' });
    expect(await modelOf(await submit())).toBe('openai/of-project');
    await deployment.query(`update carrel.tasks set status = 'cancelled'`);
    expect(await modelOf(await submit({ model: 'openai/of-task' }))).toBe('openai/of-task');
  });
});

describe('A task', () => {
  it('should be shown, steered and begun anew by keys of its project that may', async () => {
    const { taskId } = (await submit({ metadata: { a: 'b' } })).body;
    const path = `/v1/tasks/${taskId}`;
    expect((await call('GET', path)).body).toMatchObject({ status: 'pending', metadata: { a: 'b' }, durationMs: 0, costUsd: 0 });
    expect((await call('GET', path)).body).not.toHaveProperty('context');
    expect((await call('GET', `${path}?include=context`)).body.context).toEqual({ previousContext: null, previousError: [] });
    expect(await call('POST', `${path}/resume`)).toMatchObject({ status: 409 });
    expect(await call('POST', `${path}/requeue`)).toMatchObject({ status: 409 });
    expect((await call('POST', `${path}/pause`)).body.status).toBe('pending');
    expect((await call('POST', `${path}/cancel`)).body).toMatchObject({ status: 'cancelled', stopReason: 'cancelled' });
    expect(await call('POST', `${path}/pause`)).toMatchObject({ status: 409 });
    const reader = await keyWith(['tasks:read']);
    expect((await call('GET', path, { key: reader })).status).toBe(200);
    expect((await call('POST', `${path}/cancel`, { key: reader })).status).toBe(403);
    const other = await server.store.projects.create({ name: 'other' });
    const { secret: stranger } = await server.store.apiKeys.create({ projectId: other.id, name: 'other', scopes: ALL_SCOPES });
    for (const [method, what] of [
      ['GET', ''],
      ['POST', '/cancel'],
      ['POST', '/pause'],
      ['POST', '/requeue'],
      ['GET', '/steps/1/screenshot'],
    ] as const) {
      expect((await call(method, path + what, { key: stranger })).status, what).toBe(404);
    }
  });

  it('should show the link to answer to those only that may answer, and go on with the answer', async () => {
    const runner = await deployment.open({}, async (turn) => done(await turn.askHuman('The code?', turn.signal)));
    const { taskId } = (await submit()).body;
    await runner.until(taskId, ({ status }) => status === 'paused');
    const path = `/v1/tasks/${taskId}`;
    expect((await call('GET', path)).body.waitingFor).toMatchObject({ question: 'The code?', url: `https://answer.example/${taskId}` });
    const reader = await keyWith(['tasks:read']);
    expect((await call('GET', path, { key: reader })).body.waitingFor).toMatchObject({ question: 'The code?', url: null });
    expect((await call('POST', `${path}/resume`, { body: { answer: '42' } })).body).toMatchObject({ status: 'running', waitingFor: null });
    expect(await runner.ended(taskId)).toMatchObject({ result: '42' });
  });

  it('should be listed when it is dead, newest first, and show its pictures', async () => {
    const runner = await deployment.open({}, async (turn) => {
      const summary = {
        n: 1,
        type: 'discovery',
        msg: 'Looked.',
        success: true,
        url: 'https://a.example/',
        durationMs: 1,
        tools: [],
      } as const;
      await turn.record({
        type: 'step.finished',
        data: { step: 1, summary: { ...summary, tools: [] }, screenshot: Buffer.from('jpeg'), usage: [] },
      });
      throw new Error('a defect');
    });
    const ids: string[] = [];
    for (let n = 0; n < 3; n++) {
      const { taskId } = (await submit()).body;
      await runner.ended(taskId);
      ids.unshift(taskId);
    }
    const first = await call('GET', '/v1/dead-tasks?limit=2');
    expect(first.body.data.map(({ taskId }: { taskId: string }) => taskId)).toEqual(ids.slice(0, 2));
    const second = await call('GET', `/v1/dead-tasks?limit=2&cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ data: [{ taskId: ids[2], isDead: true, errorCode: 'internal' }], nextCursor: null });
    const picture = await app.inject({
      url: `/v1/tasks/${ids[0]}/steps/1/screenshot`,
      headers: { host: '127.0.0.1:7070', authorization: `Bearer ${secret}` },
    });
    expect([picture.headers['content-type'], picture.body]).toEqual(['image/jpeg', 'jpeg']);
  });
});
