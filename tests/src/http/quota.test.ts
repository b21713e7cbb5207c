import { type Browser, type BrowserStatus, routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, newProject } from '../running/api.js';
import { type SentRequest, send } from '../running/raw-http.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

let server: TestServer;
let operator: Api;

beforeAll(async () => {
  server = await startTestServer();
  operator = new Api(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const LONG_MS = 600_000;

/** A project with room for one browser, and what goes on in it. */
async function smallProject() {
  const { id, api, key } = await newProject(operator, 1);
  const open = (name: string) => api.must(routes.openBrowser, { body: { metadata: { name } } });
  const close = ({ id: browserId }: Browser) => api.must(routes.closeBrowser, { params: { id: browserId } });
  /** Sends a request to open a browser when there is a place; when this resolves, it stands in line. */
  const queue = async (name: string, waitMs = LONG_MS): Promise<SentRequest> => {
    const body = JSON.stringify({ metadata: { name }, waitMs });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const sent = await send(server.url, { method: 'POST', path: '/v1/browsers', headers, body });
    // What is asked later, on another connection, and needs the database, is answered later.
    await api.must(routes.getProject, { params: { id } });
    return sent;
  };
  const namesOf = async (status: BrowserStatus) =>
    (await api.must(routes.listBrowsers, { query: { status } })).data.map(({ metadata }) => metadata.name);
  return { id, api, open, close, queue, namesOf };
}

const opened = async ({ answer }: SentRequest): Promise<Browser> => {
  const { status, body } = await answer;
  expect(status).toBe(201);
  return JSON.parse(body) as Browser;
};

describe('the limit of a project', () => {
  it('should be said with the time after which to try again', async () => {
    const { api, open, close } = await smallProject();
    const holder = await open('holder');
    const { headers, details } = await api.mustFail(routes.openBrowser, 'quota_exceeded');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(details).toMatchObject({ limit: 1, used: 1 });
    await api.mustFail(routes.openBrowser, 'quota_exceeded', { body: { waitMs: 1 } });
    await close(holder);
    await close(await open('next'));
  });

  it('should be nobody else’s', async () => {
    const one = await smallProject();
    const other = await smallProject();
    const holder = await one.open('holder');
    await other.close(await other.open('holder'));
    await one.close(holder);
  });

  it('should count no browser that could not be opened', async () => {
    const { api, open, close } = await smallProject();
    await api.mustFail(routes.openBrowser, 'limit_exceeded', { body: { maxDurationSeconds: 1e9 } });
    await close(await open('first'));
  });
});

describe('waiting in line', () => {
  it('should be served first come, first served, one for each browser that ends', async () => {
    const { open, close, queue, namesOf } = await smallProject();
    const holder = await open('holder');
    const [first, second, third] = [await queue('first'), await queue('second'), await queue('third')];
    expect(await namesOf('running')).toEqual(['holder']);
    await close(holder);
    const one = await opened(first);
    expect(await namesOf('running')).toEqual(['first']);
    await close(one);
    const two = await opened(second);
    expect(await namesOf('running')).toEqual(['second']);
    await close(two);
    await close(await opened(third));
  });

  it('should not be jumped by who does not wait', async () => {
    const { api, open, close, queue } = await smallProject();
    const holder = await open('holder');
    const waiting = await queue('waiting');
    const closing = close(holder);
    const jumping = api.call(routes.openBrowser);
    await closing;
    expect((await jumping).ok).toBe(false);
    await close(await opened(waiting));
  });

  it('should be given up by hanging up', async () => {
    const { id, api, open, close, queue, namesOf } = await smallProject();
    const holder = await open('holder');
    const [first, second] = [await queue('first'), await queue('second')];
    first.hangUp();
    await api.must(routes.getProject, { params: { id } });
    await close(holder);
    const two = await opened(second);
    expect(await namesOf('running')).toEqual(['second']);
    expect(await namesOf('starting')).toEqual([]);
    await close(two);
    await expect.poll(() => namesOf('closed')).toEqual(['second', 'holder']);
  });

  it('should get the place of a browser whose time is over', async () => {
    const { api, close, queue } = await smallProject();
    await api.must(routes.openBrowser, { body: { idleTimeoutSeconds: 1 } });
    await close(await opened(await queue('next')));
  });

  it('should be over when the operator makes room', async () => {
    const { id, open, close, queue } = await smallProject();
    const holder = await open('holder');
    const waiting = await queue('waiting');
    await operator.must(routes.updateProject, { params: { id }, body: { maxBrowsers: 2 } });
    await close(await opened(waiting));
    await close(holder);
  });

  it('should be over when the project is deleted, and leave no browser', async () => {
    const { id, open, queue } = await smallProject();
    await open('holder');
    const [first, second] = [await queue('first'), await queue('second')];
    await operator.must(routes.deleteProject, { params: { id } });
    for (const { answer } of [first, second]) expect((await answer).status).toBeGreaterThanOrEqual(400);
  });
});

describe('a client that hangs up', () => {
  it('should leave no browser that it has waited for', async () => {
    const { queue, namesOf, close, open } = await smallProject();
    const sent = await queue('abandoned');
    await expect.poll(() => namesOf('starting'), { timeout: 15_000, interval: 5 }).toEqual(['abandoned']);
    sent.hangUp();
    await expect.poll(() => namesOf('closed'), { timeout: 15_000 }).toEqual(['abandoned']);
    expect([...(await namesOf('running')), ...(await namesOf('starting'))]).toEqual([]);
    await close(await open('next'));
  });

  it('should leave none when it is gone before anybody looked', async () => {
    const { api, namesOf, close, open } = await smallProject();
    const controllers = Array.from({ length: 5 }, () => new AbortController());
    const calls = controllers.map(({ signal }) => api.call(routes.openBrowser, { body: { waitMs: LONG_MS }, signal }));
    await api.must(routes.listBrowsers);
    for (const controller of controllers) controller.abort();
    await Promise.allSettled(calls);
    await expect.poll(async () => [...(await namesOf('running')), ...(await namesOf('starting'))], { timeout: 15_000 }).toEqual([]);
    await close(await open('next'));
  });
});
