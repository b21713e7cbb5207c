import { type ProjectEvent, routes, type Scope } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../running/api.js';
import { exchange } from '../running/raw-http.js';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { DEADLINE_MS, follow, newTenantOf, until } from '../running/tenant.js';

let server: TestServer;
let operator: Api;
let site: TestSite;

beforeAll(async () => {
  server = await startTestServer({ CARREL_WEBHOOK_ALLOW: '127.0.0.0/8' });
  operator = new Api(server.url, server.apiKey);
  site = await startSite((request, response) => {
    // Whoever delivers a webhook here is told never to come again.
    response.writeHead(request.method === 'POST' ? 410 : 200, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>Hours</title><h1>Hours</h1><p>The shop opens at nine.</p>');
  });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const newTenant = () => newTenantOf(server, operator);

describe('the log of a project', () => {
  it('should tell of the lives of its browsers, and not of what pages do in them', async () => {
    const { api, client } = await newTenant();
    const before = await client.events.last();
    const { id: browserId } = await api.must(routes.openBrowser, { body: { endUserId: 'ann' } });
    await api.must(routes.execute, { params: { id: browserId }, body: { type: 'goto', url: site.url } });
    await api.must(routes.closeBrowser, { params: { id: browserId } });
    const heard = await until(follow(client, before), ({ type }) => type === 'browser.closed');
    expect(heard.map(({ type }) => type)).toEqual(['browser.starting', 'browser.running', 'browser.closing', 'browser.closed']);
    for (const event of heard) expect(event).toMatchObject({ browserId, endUserId: 'ann', taskId: null, sessionId: null, webhookId: null });
    const { data: own } = await api.must(routes.listEvents, { params: { id: browserId } });
    expect(heard.map(({ eventId, type }) => [eventId, type])).toEqual(
      own.filter(({ type }) => type.startsWith('browser.')).map(({ id, type }) => [id, type]),
    );
  });

  it('should tell of the turns of its conversations, and of webhooks that cannot be delivered', async () => {
    const { api, client } = await newTenant();
    const { id: webhookId } = await api.must(routes.createWebhook, {
      body: { url: `${site.url}/`, events: ['task.completed', 'task.failed'] },
    });
    const heard = until(follow(client, await client.events.last()), ({ type }) => type === 'webhook.delivery_failed');
    const { taskId, sessionId } = await api.must(routes.submitTask, {
      body: { endUserId: 'ann', task: 'When does the shop open?', startUrl: site.url },
    });
    const events = await heard;
    const ofTask = events.filter((event) => event.taskId === taskId && event.webhookId === null);
    expect(ofTask.map(({ type }) => type)).toEqual(expect.arrayContaining(['task.created', 'task.running', 'step.finished']));
    for (const event of ofTask) expect(event).toMatchObject({ sessionId, endUserId: 'ann', browserId: null });
    expect(events.filter(({ type }) => /^(model|tool)\./.test(type))).toEqual([]);
    expect(events.filter((event) => event.browserId !== null).map(({ type }) => type)).toContain('browser.running');
    expect(events.at(-1)).toMatchObject({ webhookId, taskId });
  });

  it('should tell which browser a webhook was not told of', async () => {
    const { api, client } = await newTenant();
    const { id: webhookId } = await api.must(routes.createWebhook, { body: { url: `${site.url}/`, events: ['login.failed'] } });
    const heard = until(follow(client, await client.events.last()), ({ type }) => type === 'webhook.delivery_failed');
    const { browserId } = await api.must(routes.loginEndUser, { params: { id: 'ann' }, body: { url: site.url } });
    await api.must(routes.closeBrowser, { params: { id: browserId } });
    expect((await heard).at(-1)).toMatchObject({ webhookId, browserId, taskId: null });
  });

  it('should be read in pages, each from where the one before ended', async () => {
    const { api, client } = await newTenant();
    for (let count = 0; count < 2; count++) {
      const { id } = await api.must(routes.openBrowser);
      await api.must(routes.closeBrowser, { params: { id } });
    }
    let ended = 0;
    const all = await until(follow(client, 0), ({ type }) => type === 'browser.closed' && ++ended === 2);
    expect(all.filter(({ browserId }) => browserId !== null)).toHaveLength(8);
    expect((await api.must(routes.listProjectEvents)).data).toEqual(all);
    const paged: ProjectEvent[] = [];
    for (let after: string | null = '0'; after !== null; ) {
      const page: { data: ProjectEvent[]; nextCursor: string | null } = await api.must(routes.listProjectEvents, {
        query: { after, limit: 3 },
      });
      paged.push(...page.data);
      after = page.nextCursor;
    }
    expect(paged).toEqual(all);
    const listed: unknown[] = [];
    for await (const event of client.events.list()) listed.push(event);
    expect(listed).toEqual(all);
    expect(await client.events.last()).toBe(all.at(-1)?.id);
  });

  it('should miss nothing and tell nothing twice, however many write at once', async () => {
    const { api, client } = await newTenant();
    const after = await client.events.last();
    const heard: ProjectEvent[] = [];
    const all = until(follow(client, after), (event) => {
      heard.push(event);
      return heard.filter(({ type }) => type === 'browser.closed').length === 5;
    });
    const ids = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const { id } = await api.must(routes.openBrowser);
        await api.must(routes.closeBrowser, { params: { id } });
        return id;
      }),
    );
    await all;
    expect(heard.map(({ browserId, type }) => `${browserId} ${type}`).sort()).toEqual(
      ids.flatMap((id) => ['starting', 'running', 'closing', 'closed'].map((state) => `${id} browser.${state}`)).sort(),
    );
    expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length);
  });
});

describe('who may read the log of a project', () => {
  it('should be nobody of another project', async () => {
    const [one, other] = [await newTenant(), await newTenant()];
    const { id } = await one.api.must(routes.openBrowser);
    await one.api.must(routes.closeBrowser, { params: { id } });
    const { id: browserId } = await other.api.must(routes.openBrowser);
    await other.api.must(routes.closeBrowser, { params: { id: browserId } });
    for (const { client } of [one, other]) await until(follow(client, 0), ({ type }) => type === 'browser.closed');
    const { data } = await other.api.must(routes.listProjectEvents);
    expect(new Set(data.flatMap((event) => event.browserId ?? []))).toEqual(new Set([browserId]));
    // Nor from a line of the other's on.
    const { data: ofOne } = await one.api.must(routes.listProjectEvents);
    for (const { id: after } of ofOne) {
      const { data: rest } = await other.api.must(routes.listProjectEvents, { query: { after } });
      expect(rest.flatMap((event) => event.browserId ?? []).filter((id) => id !== browserId)).toEqual([]);
    }
  });

  it('should be told of what their key may see, and a key that may see nothing be refused', async () => {
    const owner = await newTenant();
    const { id } = await owner.api.must(routes.openBrowser);
    await owner.api.must(routes.closeBrowser, { params: { id } });
    await owner.api.must(routes.submitTask, { body: { endUserId: 'ann', task: 'x' } });
    await until(follow(owner.client, 0), ({ type }) => type === 'task.created');
    const seenWith = async (...scopes: Scope[]) => {
      const { secret = '' } = await operator.must(routes.createApiKey, { body: { name: 'sees', projectId: owner.id, scopes } });
      const { data } = await operator.as(secret).must(routes.listProjectEvents);
      return { browsers: data.some(({ browserId }) => browserId === id), tasks: data.some(({ taskId }) => taskId !== null) };
    };
    expect(await seenWith('browsers:read')).toEqual({ browsers: true, tasks: false });
    expect(await seenWith('tasks:read')).toEqual({ browsers: false, tasks: true });
    expect(await seenWith('webhooks:manage')).toEqual({ browsers: false, tasks: false });
    expect(await seenWith('browsers:read', 'tasks:read')).toEqual({ browsers: true, tasks: true });
    const { secret = '' } = await operator.must(routes.createApiKey, {
      body: { name: 'blind', projectId: owner.id, scopes: ['browsers:write'] },
    });
    await operator.as(secret).mustFail(routes.listProjectEvents, 'insufficient_scope');
  });

  it('should be nobody any more whose key was revoked, or who signed out, while they follow it', async () => {
    const { api, keyId, key } = await newTenant();
    const { secret = '' } = await operator.must(routes.createApiKey, {
      body: { name: 'stays', projectId: (await api.must(routes.getAccount)).project.id },
    });
    const cookie = await cookieOf(secret);
    const [byKey, byCookie, staying] = [
      await followed({ authorization: `Bearer ${key}` }),
      await followed({ cookie }),
      await followed({ authorization: `Bearer ${secret}` }),
    ];
    await api.must(routes.revokeApiKey, { params: { id: keyId } });
    await ended(byKey);
    const signOut = { method: 'POST', path: '/dashboard/sign-out', headers: { cookie, origin: server.url } };
    expect((await exchange(server.url, signOut)).status).toBe(204);
    await ended(byCookie);
    const { id } = await operator.as(secret).must(routes.openBrowser);
    let heard = '';
    while (!heard.includes(id)) heard += new TextDecoder().decode((await staying.next()).value);
    await operator.as(secret).must(routes.closeBrowser, { params: { id } });
    await staying.return?.();
  });
});

/** Signs in as the page does. */
async function cookieOf(apiKey: string): Promise<string> {
  const headers = { 'content-type': 'application/json', origin: server.url };
  const request = { method: 'POST', path: '/dashboard/sign-in', body: JSON.stringify({ apiKey }), headers };
  return (await exchange(server.url, request)).headers.get('set-cookie')?.split(';')[0] ?? '';
}

/** Waits until nothing more comes: the last that does may be that the key was revoked. */
async function ended(stream: AsyncIterator<Uint8Array>): Promise<void> {
  let heard = '';
  for (let next = await stream.next(); next.done !== true; next = await stream.next()) heard += new TextDecoder().decode(next.value);
  expect(['', 'api_key.revoked']).toContain((heard.match(/(?<=^event: ).*$/gm) ?? []).join());
}

/** What comes over a connection that follows the log from now on. */
async function followed(headers: Record<string, string>): Promise<AsyncIterator<Uint8Array>> {
  const response = await fetch(`${server.url}/v1/events?after=now`, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  expect(response.status).toBe(200);
  if (response.body === null) throw new Error('there is no body');
  return response.body[Symbol.asyncIterator]();
}
