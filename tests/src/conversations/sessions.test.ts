import { newId, routes, type SessionSummary } from '@carrel/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TestDatabase } from '../../../packages/server/src/profiles/testing/test-database.js';
import { WrittenTasks } from '../../../packages/server/src/tasks/testing/written-tasks.js';
import { Api, newProject } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

let database: TestDatabase;
let server: TestServer;
let operator: Api;
let elsewhere: WrittenTasks;
let project: Awaited<ReturnType<typeof newProject>>;

beforeAll(async () => {
  database = await TestDatabase.start();
  server = await startTestServer({ DATABASE_URL: database.url });
  operator = new Api(server.url, server.apiKey);
  elsewhere = new WrittenTasks(database.url);
});
afterAll(async () => {
  await elsewhere?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  project = await newProject(operator, 2);
});

const START_MS = Date.now() - 3_600_000;
const at = (second: number) => new Date(START_MS + second * 1000);
/** A turn that landed in that second. */
const turn = (second: number, about: Partial<Parameters<WrittenTasks['add']>[0]> = {}) =>
  elsewhere.add({ projectId: project.id, status: 'completed', createdAt: at(second), ...about });
const list = (query: Record<string, string | number | undefined> = {}) => project.api.must(routes.listSessions, { query });
const read = (id: string, api = project.api) => api.must(routes.getSession, { params: { id } });
const codeOf = async (answer: Promise<{ ok: boolean; error?: { code: string } }>) => (await answer).error?.code;

describe('sessions', () => {
  it('should be listed with their first and last turn, those first whose last turn is the newest', async () => {
    const first = await turn(1, { request: { task: 'The first \u0000 question' } });
    const second = await turn(2);
    await turn(3, { sessionId: first.sessionId, status: 'failed', request: { task: 'A follow-up' } });
    const { sessions, nextCursor } = await project.api.must(routes.listTasks);
    expect(nextCursor).toBeNull();
    expect(sessions.map(({ sessionId, turnCount }) => [sessionId, turnCount])).toEqual([
      [first.sessionId, 2],
      [second.sessionId, 1],
    ]);
    expect(sessions[0]).toMatchObject({
      ...{ endUserId: 'ada', firstTask: 'The first \u0000 question', latestStatus: 'failed', latestCreatedAt: at(3).toISOString() },
    });
    expect((await list()).data).toEqual(sessions);
  });

  it('should be read page by page, each once, while new turns come', async () => {
    const ids: string[] = [];
    for (let second = 0; second < 7; second++) ids.unshift((await turn(second)).sessionId);
    const seen: SessionSummary[] = [];
    let cursor: string | undefined;
    for (let page = 0; cursor !== undefined || page === 0; page++) {
      const { data, nextCursor } = await list({ limit: 3, cursor });
      seen.push(...data);
      cursor = nextCursor ?? undefined;
      await turn(100 + page); // a new session
      await turn(200 + page, { sessionId: ids[page] as string }); // and a turn of one that was shown
    }
    expect(seen.map(({ sessionId }) => sessionId)).toEqual(ids);
  });

  it('should be those of an end user, and of the project', async () => {
    await turn(1);
    const theirs = await turn(2, { endUserId: 'grace' });
    expect((await list({ endUserId: 'grace' })).data.map(({ sessionId }) => sessionId)).toEqual([theirs.sessionId]);
    expect((await list({ endUserId: 'nobody' })).data).toEqual([]);
    expect((await operator.must(routes.listSessions, { query: { endUserId: 'grace' } })).data).toEqual([]);
    for (const route of [routes.getSession, routes.exportSession, routes.deleteSession]) {
      expect(await codeOf(operator.call(route, { params: { id: theirs.sessionId } }))).toBe('not_found');
      expect(await codeOf(project.api.call(route, { params: { id: newId('session') } }))).toBe('not_found');
    }
    expect((await read(theirs.sessionId)).tasks).toHaveLength(1);
  });

  it('should be given with all their turns in chronological order', async () => {
    const { sessionId } = await turn(5);
    for (const second of [7, 6, 9, 8]) await turn(second, { sessionId });
    const { tasks, ...session } = await read(sessionId);
    expect(session).toEqual({ sessionId, endUserId: 'ada', createdAt: at(5).toISOString() });
    expect(tasks.map(({ createdAt }) => createdAt)).toEqual([5, 6, 7, 8, 9].map((second) => at(second).toISOString()));
    expect(tasks[0]).not.toHaveProperty('context');
  });

  it('should be exported with what each turn knew, and its log', async () => {
    const context = { previousContext: 'It was 42', previousError: ['The page was not there'] };
    const { id, sessionId } = await turn(1, { status: 'running', context });
    await elsewhere.event(id, 'step.started', {}, { n: 1 });
    await elsewhere.event(id, 'task.completed', { status: 'completed', result: 'Done' });
    const exported = await project.api.must(routes.exportSession, { params: { id: sessionId } });
    expect(exported.tasks).toMatchObject([
      {
        taskId: id,
        result: 'Done',
        context,
        events: [
          { id: 1, data: { n: 1 } },
          { id: 2, type: 'task.completed' },
        ],
      },
    ]);
  });

  it('should be deleted with all there is of them, when those under way are cancelled', async () => {
    const hook = await project.api.must(routes.createWebhook, { body: { url: 'https://example.invalid/', events: ['task.cancelled'] } });
    const { id, sessionId } = await turn(1, { status: 'running' });
    const waiting = await turn(2, { sessionId, status: 'pending' });
    const other = await turn(3);
    await project.api.must(routes.deleteSession, { params: { id: sessionId } });
    expect(await codeOf(project.api.call(routes.getSession, { params: { id: sessionId } }))).toBe('not_found');
    for (const gone of [id, waiting.id]) {
      expect(await codeOf(project.api.call(routes.listTaskEvents, { params: { id: gone } }))).toBe('not_found');
      // Whoever runs it finds nothing to write to.
      await expect(elsewhere.event(gone, 'step.started')).rejects.toThrow();
    }
    expect((await project.api.must(routes.listDeliveries, { params: { id: hook.id } })).data).toEqual([]);
    expect((await list()).data.map((session) => session.sessionId)).toEqual([other.sessionId]);
    expect(await codeOf(project.api.call(routes.deleteSession, { params: { id: sessionId } }))).toBe('not_found');
  });
});

describe('end users', () => {
  const CANARY = 'canary-9f3b7c21';
  const login = { domain: 'example.com', username: 'ada', password: CANARY };
  const endUser = (id: string, api = project.api) => api.must(routes.getEndUser, { params: { id } });

  it('should be those that there is anything of, newest first, whatever they are called', async () => {
    const names = ['ada', 'a/b?c#d%', '日本'.repeat(100), 'grace'];
    await turn(1, { endUserId: 'ada' });
    await project.api.must(routes.setCredentials, { params: { id: names[1] as string }, body: { logins: [login] } });
    await project.api.must(routes.createProfile, { body: { endUserId: names[2] } });
    const browser = await project.api.must(routes.openBrowser, { body: { endUserId: 'grace' } });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await project.api.must(routes.listEndUsers, { query: { limit: 1, cursor } });
      seen.push(...page.data.map(({ endUserId }) => endUserId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(names.toReversed());
    expect(await endUser('ada')).toMatchObject({ sessionCount: 1, profileCount: 0, hasCredentials: false });
    expect(await endUser(names[1] as string)).toMatchObject({ sessionCount: 0, profileCount: 0, hasCredentials: true });
    expect(await endUser(names[2] as string)).toMatchObject({ sessionCount: 0, profileCount: 1, hasCredentials: false });
    expect((await operator.must(routes.listEndUsers)).data).toEqual([]);
    expect(await codeOf(operator.call(routes.getEndUser, { params: { id: 'ada' } }))).toBe('not_found');
    await project.api.must(routes.closeBrowser, { params: { id: browser.id } });
  });

  it('should be exported with all but the values of credentials', async () => {
    const { sessionId } = await turn(1);
    await turn(2);
    const profile = await project.api.must(routes.createProfile, { body: { endUserId: 'ada' } });
    await project.api.must(routes.setCredentials, { params: { id: 'ada' }, body: { logins: [login] } });
    const exported = await project.api.must(routes.exportEndUser, { params: { id: 'ada' } });
    expect(exported.sessions.map((session) => session.sessionId)).toContain(sessionId);
    expect(exported).toMatchObject({
      ...{ endUser: { sessionCount: 2, hasCredentials: true }, profiles: [{ id: profile.id }] },
      ...{ credentials: { logins: [{ alias: 'example.com', hasPassword: true }] } },
    });
    expect(JSON.stringify(exported)).not.toContain(CANARY);
    const { data } = await project.api.must(routes.listAuditEvents);
    expect(data[0]).toMatchObject({ action: 'end_user.exported', subject: 'ada' });
  });

  it('should be deleted with all there is of them, and nobody else', async () => {
    const { id, sessionId } = await turn(1, { status: 'running' });
    const stranger = await turn(2, { endUserId: 'grace' });
    await project.api.must(routes.setCredentials, { params: { id: 'ada' }, body: { logins: [login] } });
    const profile = await project.api.must(routes.createProfile, { body: { endUserId: 'ada' } });
    const browser = await project.api.must(routes.openBrowser, { body: { endUserId: 'ada', profile: { id: profile.id, persist: true } } });
    const other = await project.api.must(routes.openBrowser, { body: { endUserId: 'grace' } });
    await project.api.must(routes.deleteEndUser, { params: { id: 'ada' } });
    for (const call of [
      project.api.call(routes.getEndUser, { params: { id: 'ada' } }),
      project.api.call(routes.getSession, { params: { id: sessionId } }),
      project.api.call(routes.listTaskEvents, { params: { id } }),
      project.api.call(routes.getProfile, { params: { id: profile.id } }),
      project.api.call(routes.getBrowser, { params: { id: browser.id } }),
      project.api.call(routes.listEvents, { params: { id: browser.id } }),
      project.api.call(routes.deleteEndUser, { params: { id: 'ada' } }),
    ]) {
      expect(await codeOf(call)).toBe('not_found');
    }
    expect((await project.api.must(routes.getCredentials, { params: { id: 'ada' } })).logins).toEqual([]);
    expect((await project.api.must(routes.getBrowser, { params: { id: other.id } })).status).toBe('running');
    expect((await read(stranger.sessionId)).tasks).toHaveLength(1);
    const { data } = await project.api.must(routes.listAuditEvents);
    expect(data[0]).toMatchObject({
      ...{ action: 'end_user.deleted', subject: 'ada', details: { sessions: 1, browsers: 1, hadCredentials: true } },
    });
    await project.api.must(routes.closeBrowser, { params: { id: other.id } });
  });

  it('should be deleted by none that may only write tasks', async () => {
    await turn(1);
    const { secret = '' } = await project.api.must(routes.createApiKey, { body: { name: 'tasks', scopes: ['tasks:write', 'tasks:read'] } });
    for (const route of [routes.deleteEndUser, routes.exportEndUser]) {
      expect(await codeOf(project.api.as(secret).call(route, { params: { id: 'ada' } }))).toBe('insufficient_scope');
    }
    expect((await endUser('ada', project.api.as(secret))).sessionCount).toBe(1);
  });
});
