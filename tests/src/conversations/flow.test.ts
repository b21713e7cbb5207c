import { newId, routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newProject } from '../running/api.js';
import { startSite, type TestSite } from '../running/server-and-site.js';
import { answering, Conversations, calling } from './deployment.js';

let carrel: Conversations;
let site: TestSite;
beforeAll(async () => {
  carrel = await Conversations.start();
  site = await startSite(async (request, response) => {
    response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'visit=1; max-age=3600' });
    // It says what it finds of an earlier visit, and then leaves all that a site can leave.
    response.end(`<!doctype html><title>Guest book</title><h1>Guest book</h1><p id="found"></p><script>
      const found = {
        cookie: ${JSON.stringify(request.headers.cookie ?? '')}, local: localStorage.getItem('guest'), session: sessionStorage.getItem('guest'),
        name: window.name, history: history.length > 2,
      };
      document.getElementById('found').textContent = 'Found: ' + JSON.stringify(found);
      localStorage.setItem('guest', 'canary'); sessionStorage.setItem('guest', 'canary'); window.name = 'canary';
    </script>`);
  });
});
afterAll(async () => {
  await carrel?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

/** What the model saw last, as the page has it. */
const lastPage = async (task: { task: string }) => ((await carrel.asked(task)).at(-1)?.page ?? '').replaceAll('\\"', '"');

const answer = (text: string) => [answering(text)];
const fails = [{ status: 401 as const }];

describe('A session', () => {
  it('should be made by the server, and be gone on with by its id', async () => {
    const first = await carrel.run(answer('one'));
    expect(first.sessionId).toMatch(/^s_/);
    const second = await carrel.run(answer('two'), { sessionId: first.sessionId });
    const other = await carrel.run(answer('three'));
    expect(second.sessionId).toBe(first.sessionId);
    expect(other.sessionId).not.toBe(first.sessionId);
    const { tasks } = await carrel.api.must(routes.getSession, { params: { id: first.sessionId } });
    expect(tasks.map(({ result }) => result)).toEqual(['one', 'two']);
  });

  it('should be nobody else’s, and never be one that a client has made up', async () => {
    const { sessionId } = await carrel.run(answer('mine'));
    const { api: stranger } = await newProject(carrel.api, 2);
    const body = { endUserId: 'ann', task: 'Read on', sessionId };
    await stranger.mustFail(routes.submitTask, 'not_found', { body });
    await stranger.mustFail(routes.getSession, 'not_found', { params: { id: sessionId } });
    await carrel.api.mustFail(routes.submitTask, 'not_found', { body: { ...body, endUserId: 'ben' } });
    await carrel.api.mustFail(routes.submitTask, 'not_found', { body: { ...body, sessionId: newId('session') } });
    await carrel.api.mustFail(routes.submitTask, 'invalid_request', { body: { ...body, sessionId: 'my-session' } });
  });
});

describe('A turn', () => {
  it('should be told the result of the last completed turn, in the prompt that the model gets', async () => {
    const first = await carrel.run(answer('There are three desks: Ada, Bo and Cy.'));
    const second = await carrel.run(answer('Bo'), { sessionId: first.sessionId });
    const [request] = await carrel.asked(second);
    expect(request?.system).toContain('There are three desks: Ada, Bo and Cy.');
    expect(second.context).toEqual({ previousContext: 'There are three desks: Ada, Bo and Cy.', previousError: [] });
    const third = await carrel.run(answer('ok'), { sessionId: first.sessionId });
    expect(third.context?.previousContext).toBe('Bo');
  });

  it('should be told no more than 8,192 bytes of it, and never half a character', async () => {
    const first = await carrel.run(answer('😀'.repeat(5_000)));
    const second = await carrel.run(answer('ok'), { sessionId: first.sessionId });
    const { previousContext = '' } = second.context ?? {};
    expect(Buffer.byteLength(previousContext ?? '')).toBeLessThanOrEqual(8_192);
    expect(Buffer.byteLength(previousContext ?? '')).toBeGreaterThan(8_100);
    expect(previousContext).not.toContain('\uFFFD');
    const [request] = await carrel.asked(second);
    expect(request?.system).toContain('😀😀😀');
    expect(request?.system).not.toContain('\uFFFD');
  });

  it('should be told why earlier turns failed, beside what the last one that completed found', async () => {
    const first = await carrel.run(answer('Found it.'));
    const { sessionId } = first;
    const failed = await carrel.run(fails, { sessionId });
    expect(failed).toMatchObject({ status: 'failed', errorCode: 'model_unavailable', result: null });
    const third = await carrel.run(answer('ok'), { sessionId });
    expect(third.context).toEqual({ previousContext: 'Found it.', previousError: [failed.error] });
    const [request] = await carrel.asked(third);
    expect(request?.system).toContain(failed.error ?? 'no error');
  });

  it('should know the same as one that was sent at the same time', async () => {
    const { sessionId } = await carrel.run(answer('Before both.'));
    const both = await Promise.all(['a', 'b'].map((result) => carrel.run(answer(result), { sessionId })));
    for (const task of both) expect(task.context?.previousContext).toBe('Before both.');
  });

  it('should wait for the turn before it, and know its result, when that is asked for', async () => {
    const { taskId, sessionId } = await carrel.submitted(answer('The first of two.'));
    const second = await carrel.submit(answer('ok'), { sessionId, onBusy: 'queue' });
    expect((await carrel.ended(second)).context?.previousContext).toBe('The first of two.');
    expect((await carrel.ended(taskId)).status).toBe('completed');
  });

  it('should be refused beside another, when that is asked for', async () => {
    const { taskId, sessionId } = await carrel.submitted([{ hangs: true }]);
    await carrel.api.mustFail(routes.submitTask, 'session_busy', { body: { endUserId: 'ann', task: 'x', sessionId, onBusy: 'reject' } });
    await carrel.api.must(routes.cancelTask, { params: { id: taskId } });
    expect((await carrel.run(answer('free again'), { sessionId, onBusy: 'reject' })).status).toBe('completed');
  });

  it('should find nothing that the turn before has left in the browser', async () => {
    const look = [calling('navigate', { url: `${site.url}/` }), answering('seen')];
    const first = await carrel.run(look);
    // The same page twice in one turn shows that it does leave something.
    const twice = await carrel.run([
      calling('navigate', { url: `${site.url}/` }),
      calling('navigate', { url: `${site.url}/again` }),
      answering('seen'),
    ]);
    expect(await lastPage(twice)).toContain('"local":"canary"');
    const next = await carrel.run(look, { sessionId: first.sessionId });
    expect(await lastPage(next)).toContain('Found: ' + '{"cookie":"","local":null,"session":null,"name":"","history":false}');
    // Its browser is gone, and no other is open.
    const { data } = await carrel.api.must(routes.listBrowsers, { query: { status: 'running' } });
    expect(data).toEqual([]);
    expect(first.browserId).not.toBe(next.browserId);
  });
});

describe('An end user', () => {
  it('should have any number of sessions at once, which never mix', async () => {
    const names = ['red', 'green', 'blue'];
    const firsts = await Promise.all(names.map((name) => carrel.run(answer(`The colour is ${name}.`), { endUserId: 'cleo' })));
    const seconds = await Promise.all(firsts.map(({ sessionId }) => carrel.run(answer('ok'), { endUserId: 'cleo', sessionId })));
    expect(seconds.map(({ context }) => context?.previousContext)).toEqual(names.map((name) => `The colour is ${name}.`));
    const { data } = await carrel.api.must(routes.listSessions, { query: { endUserId: 'cleo' } });
    expect(data).toHaveLength(3);
    const { sessions } = await carrel.api.must(routes.listTasks, { query: { endUserId: 'cleo' } });
    expect(sessions.every(({ turnCount, latestStatus }) => turnCount === 2 && latestStatus === 'completed')).toBe(true);
  });
});
