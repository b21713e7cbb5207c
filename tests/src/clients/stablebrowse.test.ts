import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, Conversations } from '../conversations/deployment.js';
import { newProject } from '../running/api.js';
import { startSite, type TestSite } from '../running/server-and-site.js';

/** What the documentation of stablebrowse has in a task; `design` apart, which is not ours. */
interface DocumentedTask {
  taskId: string;
  sessionId: string;
  endUserId: string;
  task: string;
  status: 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';
  result: unknown;
  structured_content?: unknown;
  html_dump?: string;
  totalSteps: number;
  durationMs: number;
  visitedUrls: string[];
  stepSummaries: { n: number; type: 'discovery' | 'planning' | 'execution'; msg: string; success: boolean }[];
  error?: string;
  createdAt: string;
  updatedAt: string;
}

interface SubmittedTask {
  taskId: string;
  sessionId: string;
  status: 'pending';
  createdAt: string;
}

/** An answer that is no success. */
class DocumentedError extends Error {
  constructor(
    readonly status: number,
    readonly body: { error: string },
  ) {
    super(`${status}: ${body.error}`);
  }
}

/** A client of stablebrowse, written from its documentation and from nothing of ours. */
class StablebrowseClient {
  readonly #base: string;
  readonly #key: string;

  constructor(base: string, key: string) {
    this.#base = base;
    this.#key = key;
  }

  async request<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
    const headers = { authorization: `Bearer ${this.#key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const response = await fetch(`${this.#base}/v1${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const answer = await response.json();
    if (!response.ok) throw new DocumentedError(response.status, answer as { error: string });
    return { status: response.status, body: answer as T };
  }

  async submit(task: object): Promise<SubmittedTask> {
    const { status, body } = await this.request<SubmittedTask>('POST', '/tasks', task);
    expect(status).toBe(201);
    expect(Object.keys(body).sort()).toEqual(['createdAt', 'sessionId', 'status', 'taskId']);
    return body;
  }

  async run(task: object): Promise<DocumentedTask> {
    const { taskId } = await this.submit(task);
    for (const deadline = Date.now() + 25_000; Date.now() < deadline; await delay(50)) {
      const { body } = await this.request<DocumentedTask>('GET', `/tasks/${taskId}`);
      if (body.status !== 'pending' && body.status !== 'running') return body;
    }
    throw new Error(`task ${taskId} does not end`);
  }

  async refused(method: string, path: string, body?: unknown): Promise<DocumentedError> {
    const error: unknown = await this.request(method, path, body).catch((error: unknown) => error);
    if (!(error instanceof DocumentedError)) throw new Error(`${method} ${path} was not refused: ${JSON.stringify(error)}`);
    expect(error.body.error).toEqual(expect.stringMatching(/\w/));
    return error;
  }
}

let carrel: Conversations;
let site: TestSite;
let client: StablebrowseClient;
beforeAll(async () => {
  carrel = await Conversations.start();
  site = await startSite((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>Desk</title><h1>Desk 7</h1>');
  });
  client = new StablebrowseClient(carrel.server.url, carrel.server.apiKey);
});
afterAll(async () => {
  await carrel?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

describe('A client of stablebrowse', () => {
  it('should run a task, follow it up in its session, and read both back', async () => {
    const first = await client.run({
      endUserId: 'u_1',
      task: 'Which desk is it?',
      startUrl: `${site.url}/`,
      maxSteps: 99,
      include_html_dump: true,
    });
    expect(first).toMatchObject({
      endUserId: 'u_1',
      task: 'Which desk is it?',
      status: 'completed',
      result: 'Nobody said what to do.',
      structured_content: null,
      visitedUrls: [new URL(site.url).host],
      totalSteps: 1,
      stepSummaries: [{ n: 1, type: expect.stringMatching(/^(discovery|planning|execution)$/), msg: expect.any(String), success: true }],
    });
    expect(first.html_dump).toContain('<h1>Desk 7</h1>');
    expect(first.durationMs).toBeGreaterThan(0);
    expect(Date.parse(first.updatedAt)).toBeGreaterThanOrEqual(Date.parse(first.createdAt));
    expect(first).not.toHaveProperty('error');

    const second = await client.run({ endUserId: 'u_1', task: 'And the next?', sessionId: first.sessionId });
    const { body: session } = await client.request<{ sessionId: string; tasks: DocumentedTask[] }>('GET', `/sessions/${first.sessionId}`);
    expect(session.sessionId).toBe(first.sessionId);
    expect(session.tasks.map(({ taskId }) => taskId)).toEqual([first.taskId, second.taskId]);

    const { body: list } = await client.request<{ sessions: object[] }>('GET', '/tasks?limit=1');
    expect(list.sessions).toEqual([
      expect.objectContaining({
        sessionId: first.sessionId,
        firstTask: 'Which desk is it?',
        turnCount: 2,
        latestStatus: 'completed',
        latestCreatedAt: second.createdAt,
        latestUpdatedAt: expect.any(String),
      }),
    ]);
  });

  it('should have what a schema asks for, in both places', async () => {
    const schema = { type: 'object', properties: { desk: { type: 'integer' } }, required: ['desk'] };
    const taskId = await carrel.submit([answering('{"desk": 7}')], { schema, endUserId: 'u_1' });
    await carrel.ended(taskId);
    const { body } = await client.request<DocumentedTask>('GET', `/tasks/${taskId}`);
    expect(body).toMatchObject({ result: { desk: 7 }, structured_content: { desk: 7 } });
  });

  it('should be told why a task failed', async () => {
    const taskId = await carrel.submit([{ status: 401 }], { endUserId: 'u_1' });
    await carrel.ended(taskId);
    const { body } = await client.request<DocumentedTask>('GET', `/tasks/${taskId}`);
    expect(body).toMatchObject({ status: 'failed', result: null, error: expect.stringMatching(/\w/) });
  });

  it('should set credentials bit by bit, read which there are and never what they are, and delete some or all', async () => {
    const path = '/end-users/alice/credentials';
    const platforms = async () => (await client.request<{ platforms: Record<string, boolean> }>('GET', path)).body;
    expect((await client.request('PUT', path, { twitterAuthToken: 'canary-1' })).body).toMatchObject({ ok: true });
    await client.request('PUT', path, { twitterCt0: 'canary-2', redditSession: 'canary-3' });
    expect(await platforms()).toMatchObject({
      endUserId: 'alice',
      platforms: { twitter: true, reddit: true, tiktok: false, instagram: false },
    });
    expect(JSON.stringify(await platforms())).not.toContain('canary');
    await client.request('DELETE', path, { fields: ['redditSession'] });
    expect(await client.refused('DELETE', path, { fields: [] })).toMatchObject({ status: 400 });
    expect(await platforms()).toMatchObject({ platforms: { twitter: true, reddit: false } });
    await client.request('DELETE', path, {});
    expect(await platforms()).toMatchObject({ platforms: { twitter: false, reddit: false } });
  });

  it('should get the statuses that are documented', async () => {
    const nobody = new StablebrowseClient(carrel.server.url, `ck_${'0'.repeat(43)}`);
    const { sessionId, taskId } = await client.submit({ endUserId: 'u_2', task: 'Mine' });
    const { key } = await newProject(carrel.api, 2);
    const stranger = new StablebrowseClient(carrel.server.url, key);
    const refusals = [
      await client.refused('POST', '/tasks', { endUserId: 'u_1', task: ' ' }),
      await client.refused('POST', '/tasks', { task: 'Whose?' }),
      await client.refused('POST', '/tasks', { endUserId: 'u'.repeat(257), task: 'Whose?' }),
      await nobody.refused('GET', '/tasks'),
      await client.refused('GET', '/tasks/t_00000000000000000000000000'),
      await client.refused('GET', '/sessions/s_00000000000000000000000000'),
      await stranger.refused('GET', `/tasks/${taskId}`),
      await stranger.refused('POST', '/tasks', { endUserId: 'u_2', task: 'Go on', sessionId }),
      await client.refused('PATCH', '/tasks', {}),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([400, 400, 400, 401, 404, 404, 404, 404, 405]);
    await carrel.ended(taskId);
  });
});
