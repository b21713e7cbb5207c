import { routes, type Task } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDatabase } from '../../../packages/server/src/profiles/testing/test-database.js';
import { WrittenTasks } from '../../../packages/server/src/tasks/testing/written-tasks.js';
import { Api, newProject } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

let database: TestDatabase;
let server: TestServer;
let elsewhere: WrittenTasks;
let project: Awaited<ReturnType<typeof newProject>>;

beforeAll(async () => {
  database = await TestDatabase.start();
  server = await startTestServer({ DATABASE_URL: database.url });
  elsewhere = new WrittenTasks(database.url);
  project = await newProject(new Api(server.url, server.apiKey), 1);
});
afterAll(async () => {
  await elsewhere?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await database?.[Symbol.asyncDispose]();
});

const asking = (question: string, since = new Date(), expiresAt = new Date(Date.now() + 600_000)) => ({
  status: 'paused' as const,
  waitingFor: { reason: 'human' as const, question, since: since.toISOString(), expiresAt: expiresAt.toISOString() },
});
interface Asked {
  readonly id: string;
  readonly sessionId: string;
}
async function ask(question: string): Promise<Asked & { url: string }> {
  const asked = await elsewhere.add({ projectId: project.id, ...asking(question) });
  return { ...asked, url: await linkOf(asked) };
}
async function get({ sessionId }: Asked, api = project.api): Promise<Task> {
  const { tasks } = await api.must(routes.getSession, { params: { id: sessionId } });
  return tasks[0] as Task;
}
const linkOf = async (asked: Asked) => (await get(asked)).waitingFor?.url ?? '';
const answer = (url: string, fields: Record<string, string>) => fetch(url, { method: 'POST', body: new URLSearchParams(fields) });

describe('the page where a person answers', () => {
  it('should show the question to whoever has the link, and take the answer', async () => {
    const asked = await ask('What is the code that was sent to your phone?');
    const { id, url } = asked;
    expect(url.startsWith(`${server.url}/answer/${id}?token=`)).toBe(true);
    const page = await fetch(url);
    expect([page.status, page.headers.get('content-type'), page.headers.get('cache-control')]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ]);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const html = await page.text();
    expect(html).toContain('What is the code that was sent to your phone?');
    const empty = await answer(url, { answer: '  ' });
    expect([empty.status, (await empty.text()).includes('Write an answer first')]).toEqual([400, true]);
    const sent = await answer(url, { answer: ' 日本 & <123456>\n' });
    expect([sent.status, (await sent.text()).includes('Your answer was sent')]).toEqual([200, true]);
    expect((await get(asked)).status).toBe('running');
    const { data } = await project.api.must(routes.listTaskEvents, { params: { id } });
    expect(data.find(({ type }) => type === 'human.answered')?.data).toEqual({});
    expect((await elsewhere.get(id)).answer).toBe('日本 & <123456>');
    for (const late of [await fetch(url), await answer(url, { answer: 'again' })]) {
      expect([late.status, (await late.text()).includes('Nothing to answer here')]).toEqual([404, true]);
    }
  });

  it('should let nobody in without the secret of that very question', async () => {
    const asked = await ask('The first one?');
    const { id, url } = asked;
    const other = await ask('Of another task?');
    const token = new URL(url).searchParams.get('token') ?? '';
    const guesses = [
      '',
      token.slice(0, -2),
      `${token}AA`,
      token.toLowerCase(),
      new URL(other.url).searchParams.get('token') ?? '',
      'A'.repeat(43),
    ];
    for (const guess of guesses) {
      const link = `${server.url}/answer/${id}?token=${guess}`;
      for (const refused of [await fetch(link), await answer(link, { answer: 'mine' })]) {
        expect([refused.status, (await refused.text()).includes('The first one?')], guess).toEqual([404, false]);
      }
    }
    for (const path of [
      `/answer/${id}`,
      `/answer/${id}?token=${token}&token=${token}`,
      `/answer/%00?token=${token}`,
      `/answer/x?token=${token}`,
    ]) {
      expect((await fetch(`${server.url}${path}`)).status, path).toBe(404);
    }
    // The next question of the same task has a link of its own.
    await elsewhere.event(id, 'human.asked', asking('The second one?', new Date(Date.now() + 1)));
    expect((await answer(url, { answer: 'to the first' })).status).toBe(404);
    expect(await linkOf(asked)).not.toBe(url);
    expect((await get(asked)).status).toBe('paused');
    await elsewhere.event(id, 'human.asked', asking('Too late?', new Date(), new Date(Date.now() - 1)));
    expect((await answer(await linkOf(asked), { answer: 'late' })).status).toBe(404);
  });

  it('should be shown to no key that may only read', async () => {
    const asked = await ask('May you?');
    const reader = await project.api.must(routes.createApiKey, { body: { name: 'reader', scopes: ['tasks:read'] } });
    const seen = await get(asked, project.api.as(reader.secret ?? ''));
    expect(seen.waitingFor).toMatchObject({ question: 'May you?', url: null });
  });

  it('should show what agents write as text, run nothing and send nothing elsewhere', async () => {
    const attack = `</h1><script>alert(1)</script><img src=x onerror=alert(2)><form action="https://evil.example"><input name='a'>"'&amp;`;
    const { url } = await ask(attack);
    const page = await fetch(url);
    const html = await page.text();
    expect(html).not.toMatch(/<script|<img|<input|evil\.example">/);
    expect(html).toContain('&lt;/h1&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html.match(/<form/g)).toHaveLength(1);
    const policy = page.headers.get('content-security-policy') ?? '';
    for (const rule of ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"])
      expect(policy).toContain(rule);
    expect(policy).not.toMatch(/unsafe|script-src/);
  });

  it('should refuse what is no form of its own', async () => {
    const { url } = await ask('What?');
    const json = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"answer":"x"}' });
    expect([json.status, json.headers.get('content-type')]).toEqual([415, 'text/html; charset=utf-8']);
    expect((await answer(url, { answer: 'x'.repeat(32_001) })).status).toBe(400);
    expect((await answer(url, { answer: '\u{1F600}'.repeat(100_000) })).status).toBe(413);
    expect((await answer(url, { other: 'x' })).status).toBe(400);
    expect((await answer(url, { answer: '日'.repeat(32_000) })).status).toBe(200);
  });
});
