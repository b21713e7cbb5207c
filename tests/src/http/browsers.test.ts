import { type Browser, newId, routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, newProject } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const CAP_SECONDS = 7200;

let server: TestServer;
let api: Api;

beforeAll(async () => {
  server = await startTestServer({
    CARREL_IDLE_TIMEOUT_CAP_SECONDS: String(CAP_SECONDS),
    CARREL_MAX_DURATION_CAP_SECONDS: String(CAP_SECONDS),
  });
  api = new Api(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const close = (client: Api, ...browsers: Browser[]) =>
  Promise.all(browsers.map(({ id }) => client.must(routes.closeBrowser, { params: { id } })));

describe('opening a browser', () => {
  it('should take no body at all, and say what it opened', async () => {
    const browser = await api.must(routes.openBrowser);
    expect(browser).toMatchObject({ status: 'running', kind: 'headless-shell', endedAt: null, reason: null, metadata: {} });
    expect(browser.browserVersion).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(browser).toMatchObject({ idleTimeoutSeconds: 300, maxDurationSeconds: 3600 });
    expect(browser.cdpUrl).toMatch(new RegExp(`^${server.url.replace('http', 'ws')}/v1/browsers/${browser.id}/cdp\\?token=\\S{20,}$`));
    expect(Date.parse(browser.expiresAt) - Date.parse(browser.createdAt)).toBeGreaterThan(3_590_000);
    await close(api, browser);
  });

  it('should obey every option it takes', async () => {
    const options = { kind: 'chromium', idleTimeoutSeconds: 61, maxDurationSeconds: 62, metadata: { ключ: '\u0000 \ud800 💥' }, waitMs: 0 };
    const { waitMs: _, ...shown } = options;
    const browser = await api.must(routes.openBrowser, { body: options });
    expect(browser).toMatchObject(shown);
    const { data } = await api.must(routes.listBrowsers, { query: { limit: 1 } });
    expect(data[0]).toMatchObject({ id: browser.id, ...shown });
    await close(api, browser);
  });

  it.each(['records', 'waitms', 'constructor'])('should refuse the field %s, which it does not know', async (field) => {
    const rawBody = `{"metadata":{},${JSON.stringify(field)}:{"id":"x"}}`;
    const answer = await api.call(routes.openBrowser, { rawBody, headers: { 'content-type': 'application/json' } });
    if (answer.ok) throw new Error('it was accepted');
    expect(answer.error).toMatchObject({ code: 'unknown_field', details: { fields: [field] } });
    expect(answer.error.error).toContain(`"${field}"`);
  });

  it.each(['{"__proto__":{"waitMs":1}}', '{"metadata":{"__proto__":"x"}}', '{"metadata":{"\\u005f_proto__":{"a":"b"}}}'])(
    'should refuse %s, which would not be kept as it was sent',
    async (rawBody) => {
      await api.mustFail(routes.openBrowser, 'invalid_request', { rawBody, headers: { 'content-type': 'application/json' } });
    },
  );

  it.each([
    [{ kind: 'firefox' }, 'kind'],
    [{ idleTimeoutSeconds: 0 }, 'idleTimeoutSeconds'],
    [{ idleTimeoutSeconds: '60' }, 'idleTimeoutSeconds'],
    [{ maxDurationSeconds: 1.5 }, 'maxDurationSeconds'],
    [{ maxDurationSeconds: null }, 'maxDurationSeconds'],
    [{ waitMs: -1 }, 'waitMs'],
    [{ metadata: { a: 1 } }, 'metadata.a'],
    [{ metadata: { ['k'.repeat(65)]: '' } }, `metadata.${'k'.repeat(65)}`],
    [{ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`k${n}`, ''])) }, 'metadata'],
    [[], ''],
    ['text', ''],
    [null, ''],
  ])('should refuse %j and say where it is wrong', async (body, path) => {
    const { details } = await api.mustFail(routes.openBrowser, 'invalid_request', { body });
    expect(details.issues).toEqual([{ path, message: expect.any(String) }]);
  });

  it('should refuse time limits above the caps of the operator', async () => {
    for (const field of ['idleTimeoutSeconds', 'maxDurationSeconds']) {
      const { details } = await api.mustFail(routes.openBrowser, 'limit_exceeded', { body: { [field]: CAP_SECONDS + 1 } });
      expect(details).toEqual({ field, cap: CAP_SECONDS });
    }
  });
});

describe('an open browser', () => {
  let browser: Browser;
  const params = () => ({ id: browser.id });
  beforeAll(async () => {
    browser = await api.must(routes.openBrowser);
  });
  afterAll(async () => {
    await close(api, browser);
  });

  it('should be shown with its cdpUrl', async () => {
    expect((await api.must(routes.getBrowser, { params: params() })).cdpUrl).toBe(browser.cdpUrl);
  });

  it('should have both time limits extended as far as the caps', async () => {
    const limits = { idleTimeoutSeconds: CAP_SECONDS, maxDurationSeconds: CAP_SECONDS };
    const longer = await api.must(routes.updateBrowser, { params: params(), body: limits });
    expect(longer).toMatchObject(limits);
    expect(Date.parse(longer.expiresAt) - Date.parse(browser.expiresAt)).toBe((CAP_SECONDS - browser.maxDurationSeconds) * 1000);
    for (const field of ['idleTimeoutSeconds', 'maxDurationSeconds']) {
      const { details } = await api.mustFail(routes.updateBrowser, 'limit_exceeded', {
        params: params(),
        body: { [field]: CAP_SECONDS + 1 },
      });
      expect(details).toEqual({ field, cap: CAP_SECONDS });
    }
    expect(await api.must(routes.getBrowser, { params: params() })).toMatchObject(limits);
  });

  it('should have its metadata replaced, and nothing else', async () => {
    const before = await api.must(routes.getBrowser, { params: params() });
    await api.must(routes.updateBrowser, { params: params(), body: { metadata: { a: '1', b: '2' } } });
    const after = await api.must(routes.updateBrowser, { params: params(), body: { metadata: { b: '3' } } });
    expect(after).toEqual({ ...before, metadata: { b: '3' } });
  });

  it('should refuse a change of nothing, and of what cannot be changed', async () => {
    await api.mustFail(routes.updateBrowser, 'invalid_request', { params: params(), body: {} });
    await api.mustFail(routes.updateBrowser, 'unknown_field', { params: params(), body: { kind: 'chromium' } });
    await api.mustFail(routes.updateBrowser, 'unknown_field', { params: params(), body: { waitMs: 1 } });
  });

  it('should have tabs closed whose pages are only just coming', async () => {
    // Chromium says yes to this and forgets it, one time in a few, while the page of the tab is replaced.
    await api.must(routes.observe, { params: params() });
    for (let round = 0; round < 15; round++) {
      const tab = await api.must(routes.openTab, { params: params(), body: { url: 'data:text/html,x' } });
      await api.must(routes.closeTab, { params: { ...params(), tabId: tab.id } });
    }
    expect((await api.must(routes.listTabs, { params: params() })).data).toHaveLength(1);
  });

  it('should refuse queries and bodies where none are taken', async () => {
    const { details } = await api.mustFail(routes.getBrowser, 'unknown_field', { params: params(), query: { verbose: '1' } });
    expect(details.fields).toEqual(['verbose']);
    await api.mustFail(routes.closeBrowser, 'unknown_field', { params: params(), body: { force: true } });
    await api.mustFail(routes.listBrowsers, 'unknown_field', { query: { project: 'x' } });
    expect((await api.must(routes.getBrowser, { params: params() })).status).toBe('running');
  });
});

describe('closing a browser', () => {
  it('should answer the same the second time, and take no calls any more', async () => {
    const browser = await api.must(routes.openBrowser);
    const params = { id: browser.id };
    const closed = await api.must(routes.closeBrowser, { params });
    expect(closed).toMatchObject({ reason: { code: 'closed_by_client' } });
    expect(['closing', 'closed']).toContain(closed.status);
    await expect.poll(async () => (await api.must(routes.getBrowser, { params })).status).toBe('closed');
    const again = await api.must(routes.closeBrowser, { params });
    expect(again).toEqual({ ...closed, status: 'closed', endedAt: expect.any(String) });
    expect(again).toEqual(await api.must(routes.getBrowser, { params }));
    expect(again).not.toHaveProperty('cdpUrl');
    const { details } = await api.mustFail(routes.observe, 'browser_not_running', { params });
    expect(details).toEqual({ status: 'closed' });
    await api.mustFail(routes.updateBrowser, 'browser_not_running', { params, body: { idleTimeoutSeconds: 9 } });
  });

  it('should end by itself when its time is over', async () => {
    const idle = await api.must(routes.openBrowser, { body: { idleTimeoutSeconds: 1 } });
    const short = await api.must(routes.openBrowser, { body: { maxDurationSeconds: 5 } });
    // A list is no sign of life; asking for one browser would be.
    const ended = async () => (await api.must(routes.listBrowsers, { query: { status: 'timed_out' } })).data;
    await expect.poll(async () => (await ended()).length, { timeout: 20_000 }).toBe(2);
    const reasons = new Map((await ended()).map(({ id, reason }) => [id, reason?.code]));
    expect(reasons).toEqual(
      new Map([
        [idle.id, 'idle_timeout'],
        [short.id, 'max_duration'],
      ]),
    );
  });
});

describe('an id that names nothing', () => {
  it('should be 404 when it is well formed, and 400 when it is not', async () => {
    await api.mustFail(routes.getBrowser, 'not_found', { params: { id: newId('browser') } });
    await api.mustFail(routes.closeBrowser, 'not_found', { params: { id: newId('browser') } });
    for (const id of ['br_1', newId('project'), '../health', '\0', `${newId('browser')}x`, '__proto__']) {
      await api.mustFail(routes.getBrowser, 'invalid_request', { params: { id } });
    }
  });
});

describe('the list of browsers', () => {
  it('should be read page by page, newest first, by state, without secrets', async () => {
    const { api: other } = await newProject(api, 5);
    const opened: Browser[] = [];
    for (let n = 0; n < 3; n++) opened.push(await other.must(routes.openBrowser, { body: { metadata: { n: String(n) } } }));
    const [oldest, middle, newest] = opened.map(({ id }) => id);
    const first = await other.must(routes.listBrowsers, { query: { limit: 2 } });
    expect(first.data.map(({ id }) => id)).toEqual([newest, middle]);
    const rest = await other.must(routes.listBrowsers, { query: { limit: 2, cursor: first.nextCursor ?? '' } });
    expect(rest).toMatchObject({ data: [{ id: oldest, metadata: { n: '0' } }], nextCursor: null });
    expect(JSON.stringify([first, rest])).not.toMatch(/cdp|token/);

    await close(other, ...opened.slice(0, 1));
    const ofStatus = async (status: string) => (await other.must(routes.listBrowsers, { query: { status } })).data.map(({ id }) => id);
    await expect.poll(() => ofStatus('closed')).toEqual([oldest]);
    expect(await ofStatus('running')).toEqual([newest, middle]);
    expect(await ofStatus('failed')).toEqual([]);
    await close(other, ...opened);
  });

  it.each([
    { limit: 0 },
    { limit: 101 },
    { limit: 'many' },
    { status: 'sleeping' },
    { cursor: '' },
    { cursor: 'MTIz' },
    { cursor: Buffer.from('999999999999999.br_0').toString('base64url') },
    { cursor: Buffer.from(`1.br_${'0'.repeat(400)}`).toString('base64url') },
    { cursor: 'x'.repeat(513) },
  ])('should refuse the query %j, or find nothing after it', async (query) => {
    const answer = await api.call(routes.listBrowsers, { query });
    expect(answer.ok || answer.error.code === 'invalid_request').toBe(true);
  });
});
