import { routes, type TaskEvent, taskEvent } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDatabase } from '../../../packages/server/src/profiles/testing/test-database.js';
import { WrittenTasks } from '../../../packages/server/src/tasks/testing/written-tasks.js';
import { Api, newProject } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const DEADLINE_MS = 20_000;

let database: TestDatabase;
let server: TestServer;
let operator: Api;
/** Writes what other servers of the database write of the turns that they run. */
let elsewhere: WrittenTasks;
let project: Awaited<ReturnType<typeof newProject>>;

beforeAll(async () => {
  database = await TestDatabase.start();
  server = await startTestServer({ DATABASE_URL: database.url });
  operator = new Api(server.url, server.apiKey);
  elsewhere = new WrittenTasks(database.url);
  project = await newProject(operator, 1);
});
afterAll(async () => {
  await elsewhere?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

/** A task that runs on another server, with so many events in its log. */
async function task(events: number): Promise<string> {
  const { id } = await elsewhere.add({ projectId: project.id, status: 'running' });
  await elsewhere.event(id, 'task.created');
  for (let count = 1; count < events; count++) await elsewhere.event(id, 'step.started', {}, { n: count });
  return id;
}
const end = (id: string) => elsewhere.event(id, 'task.completed', { status: 'completed' });

function follow(id: string, headers: Record<string, string> = {}, query = {}): Promise<Response> {
  return fetch(project.api.urlOf(routes.listTaskEvents, { params: { id }, query }), {
    headers: { authorization: `Bearer ${project.key}`, accept: 'text/event-stream', ...headers },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
}

/** The events of a stream, as they come, to its end. */
async function* eventsOf(response: Response): AsyncGenerator<TaskEvent> {
  expect(response.status).toBe(200);
  if (response.body === null) throw new Error('a stream without a body');
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const [id, type, data] = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      if (id?.startsWith(':')) continue;
      const event = taskEvent.strict().parse(JSON.parse(data?.slice('data: '.length) ?? ''));
      expect([id, type]).toEqual([`id: ${event.id}`, `event: ${event.type}`]);
      yield event;
    }
  }
}

async function idsOf(events: AsyncIterable<TaskEvent>): Promise<number[]> {
  const ids: number[] = [];
  for await (const { id } of events) ids.push(id);
  return ids;
}

describe('the log of a task', () => {
  it('should be read page by page', async () => {
    const id = await task(5);
    const read = (query: { after?: number | string | null; limit?: number }) =>
      project.api.must(routes.listTaskEvents, { params: { id }, query: query as Record<string, number> });
    const first = await read({ limit: 3 });
    expect(first.data.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(first.data[1]).toEqual({ id: 2, type: 'step.started', createdAt: expect.any(String), data: { n: 1 } });
    const rest = await read({ limit: 3, after: first.nextCursor });
    expect([rest.data.map(({ id }) => id), rest.nextCursor]).toEqual([[4, 5], null]);
    expect((await read({ after: 2 ** 53 - 1 })).data).toEqual([]);
  });

  it('should be followed to its end, wherever the task runs', async () => {
    const id = await task(2);
    const events = eventsOf(await follow(id));
    expect((await events.next()).value.type).toBe('task.created');
    expect((await events.next()).value.id).toBe(2);
    await elsewhere.event(id, 'step.finished');
    expect((await events.next()).value.type).toBe('step.finished');
    await elsewhere.event(id, 'tool.called', {}, { text: 'two\nlines\u0000 and 日本' });
    expect((await events.next()).value.data).toEqual({ text: 'two\nlines\u0000 and 日本' });
    await end(id);
    expect((await events.next()).value.type).toBe('task.completed');
    expect((await events.next()).done).toBe(true);
  });

  it('should be followed on from Last-Event-ID, and say when there is no more', async () => {
    const id = await task(4);
    const response = await follow(id, { 'last-event-id': '2' });
    const ids = idsOf(eventsOf(response));
    await end(id);
    expect(await ids).toEqual([3, 4, 5]);
    expect(await idsOf(eventsOf(await follow(id, {}, { after: 4 })))).toEqual([5]);
    const over = await follow(id, { 'last-event-id': '5' });
    expect([over.status, await over.text()]).toEqual([204, '']);
    for (const bad of ['x', '-1', '1.5']) expect((await follow(id, { 'last-event-id': bad })).status).toBe(400);
  });

  it('should go on past an end when the task is begun anew', async () => {
    const id = await task(1);
    await elsewhere.event(id, 'task.failed', { status: 'failed', isDead: true });
    await elsewhere.event(id, 'task.retried', { status: 'pending', isDead: false });
    const ids = idsOf(eventsOf(await follow(id)));
    await end(id);
    expect(await ids).toEqual([1, 2, 3, 4]);
  });

  it('should miss nothing of a log that is long and written while it is followed', async () => {
    const id = await task(1);
    const followers = await Promise.all([follow(id), follow(id), follow(id)]);
    const all = Promise.all(followers.map((response) => idsOf(eventsOf(response))));
    for (let count = 0; count < 60; count++) await elsewhere.event(id, 'tool.called', {}, { at: count });
    await end(id);
    const expected = Array.from({ length: 62 }, (_, at) => at + 1);
    for (const ids of await all) expect(ids).toEqual(expected);
  });

  it('should end when the session is deleted', async () => {
    const { id, sessionId } = await elsewhere.add({ projectId: project.id, status: 'running' });
    await elsewhere.event(id, 'task.running');
    const events = eventsOf(await follow(id));
    expect((await events.next()).value.type).toBe('task.running');
    await project.api.must(routes.deleteSession, { params: { id: sessionId } });
    // The cancellation may be seen before all of it is gone.
    for await (const { type } of events) expect(type).toBe('task.cancelled');
    expect((await follow(id)).status).toBe(404);
  });

  it('should be nobody else’s', async () => {
    const id = await task(1);
    for (const accept of ['application/json', 'text/event-stream']) {
      const url = operator.urlOf(routes.listTaskEvents, { params: { id } });
      const answer = await fetch(url, { headers: { authorization: `Bearer ${server.apiKey}`, accept } });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([404, 'not_found']);
    }
  });
});
