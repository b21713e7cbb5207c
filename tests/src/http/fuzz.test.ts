import {
  type Browser,
  type ErrorCode,
  type Profile,
  type RouteContract,
  type RouteName,
  routes,
  type SubmittedTask,
  type Webhook,
} from '@carrel/protocol';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { Api, type CallOptions, checkedError, newProject } from '../running/api.js';
import { nearlyValidTexts, validBodies } from '../running/json-schema-arbitrary.js';
import { exchange, speak } from '../running/raw-http.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

/** The same inputs each time in `npm test`, and new ones in each proof; a failure prints the seed. */
const SEED = scaled({ seed: 20_260 }, {});
const TIMEOUT_MS = scaled(120_000, 3_600_000);
const RUNS = 50;
const PROOF_FACTOR = 20;
/** More for what takes many kinds of bodies. */
const FACTORS: Partial<Record<RouteName, number>> = { execute: 4 };
const runs = (count: number) => ({ ...SEED, numRuns: scaled(count, count * PROOF_FACTOR) });

let server: TestServer;
let api: Api;
let browser: Browser;
let profile: Profile;
let webhook: Webhook;
let task: SubmittedTask;
/** A project that may open no browsers, so that valid requests to open one do no harm. */
let poor: { id: string; api: Api };

beforeAll(async () => {
  // Tasks only wait: what they would do is not what is tried here.
  server = await startTestServer({ CARREL_TASK_WORKERS: '0' });
  api = new Api(server.url, server.apiKey);
  poor = await newProject(api, 0);
  profile = await api.must(routes.createProfile);
  webhook = await api.must(routes.createWebhook, { body: { url: 'https://hooks.test/' } });
  task = await api.must(routes.submitTask, { body: { endUserId: 'ann', task: 'Wait' } });
  browser = await api.must(routes.openBrowser, { body: { idleTimeoutSeconds: 3600, maxDurationSeconds: 86_400 } });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** What the server and its browser must still be able to do after whatever was sent. */
afterEach(async () => {
  await api.as(null).must(routes.health);
  const params = { id: browser.id };
  const { id: tabId } = await api.must(routes.openTab, { params, body: { url: 'data:text/html,<title>alive</title><button>Yes' } });
  const seen = await api.must(routes.observe, { params, body: { tabId } });
  expect(seen).toMatchObject({ metadata: { title: 'alive' }, elements: [{ role: 'button', name: 'Yes' }] });
  for (const { id } of (await api.must(routes.listTabs, { params })).data) {
    if (id !== tabId) await api.must(routes.closeTab, { params: { id: browser.id, tabId: id } });
  }
  expect((await api.must(routes.listBrowsers, { query: { status: 'running' } })).data.map(({ id }) => id)).toEqual([browser.id]);
});

/** Server errors that are about the page that a call is made on, and not about the server. */
const PAGE_ERRORS: readonly ErrorCode[] = ['page_unresponsive'];

/** Makes a call, whose answer must be one that the contract has and no failure of the server. */
async function survive(client: Api, route: RouteContract, options: CallOptions): Promise<void> {
  const answer = await client.call(route, options);
  if (answer.ok || answer.status < 500 || PAGE_ERRORS.includes(answer.error.code)) return;
  throw new Error(`${answer.error.code}: ${answer.error.error}`);
}

const soon = fc.integer({ min: 0, max: 300 });
/** Fields whose valid values would make a call wait, or lead to other machines. */
const FIELDS = {
  timeoutMs: soon,
  timeMs: soon,
  waitMs: fc.constantFrom(0, 1),
  delayMs: fc.constantFrom(0, 1),
  idleTimeoutSeconds: fc.integer({ min: 3600, max: 90_000 }),
  maxDurationSeconds: fc.integer({ min: 80_000, max: 90_000 }),
  url: fc.constantFrom('about:blank', 'data:text/html,<input><select><option>a', 'data:,x', 'http://127.0.0.1:1/'),
  expression: fc.constantFrom('1', 'document.title', '(x) => x', 'throw new Error("x")', 'new Promise(() => {})', '(', 'document'),
  selector: fc.constantFrom('input', 'body', 'select', 'text=a', 'role=textbox', '//input', 'nothing', '>> x', '['),
  origin: fc.constantFrom('https://a.example', 'http://127.0.0.1:1', 'https://', ''),
  version: fc.integer({ min: 0, max: 3 }),
  waitUntil: fc.constantFrom('commit', 'load', 'domcontentloaded'),
};

describe('bodies that are valid, nearly valid, or nothing of the kind', () => {
  const ON_BROWSER: RouteName[] = [
    'updateBrowser',
    'observe',
    'execute',
    'scrape',
    'screenshot',
    'pdf',
    'setCookies',
    'openTab',
    'createLiveLink',
  ];
  const ON_PROFILE: RouteName[] = ['updateProfile', 'importProfile', 'exportProfile'];
  const OTHERS: RouteName[] = [
    'openBrowser',
    'createProfile',
    'createProject',
    'updateProject',
    'createApiKey',
    'submitTask',
    'createWebhook',
    'signIn',
  ];
  const ON_END_USER: RouteName[] = ['setCredentials', 'deleteCredentials', 'loginEndUser'];
  const ON_TASK: RouteName[] = ['resumeTask'];
  const ON_WEBHOOK: RouteName[] = ['updateWebhook'];
  const ALL = [...ON_BROWSER, ...ON_PROFILE, ...ON_END_USER, ...ON_TASK, ...ON_WEBHOOK, ...OTHERS];
  /** What those calls are made on that are on something else than the browser. */
  const idFor = (name: RouteName) => {
    if (name === 'updateProject') return poor.id;
    if (ON_TASK.includes(name)) return task.taskId;
    if (ON_WEBHOOK.includes(name)) return webhook.id;
    return ON_PROFILE.includes(name) ? profile.id : browser.id;
  };

  it('should be tried on every call that takes a body', () => {
    const withBody = Object.entries(routes as Record<string, RouteContract>).flatMap(([name, { body }]) => (body ? [name] : []));
    expect(ALL.sort()).toEqual(withBody.sort());
  });

  it.each(ALL)(
    'should break nothing, sent to %s',
    async (name) => {
      const route: RouteContract = routes[name];
      if (route.body === undefined) throw new Error('it takes no body');
      const params = { id: idFor(name) };
      const headers = { 'content-type': 'application/json' };
      const client = name === 'openBrowser' || name === 'loginEndUser' ? poor.api : api;
      const texts = nearlyValidTexts(validBodies(route.body, FIELDS));
      const count = RUNS * (FACTORS[name] ?? 1);
      await fc.assert(
        fc.asyncProperty(texts, (rawBody) => survive(client, route, { params, rawBody, headers })),
        runs(count),
      );
      // The limit may have been among the things that were changed.
      if (name === 'updateProject') await api.must(routes.updateProject, { params, body: { maxBrowsers: 0 } });
    },
    TIMEOUT_MS,
  );

  it(
    'should break nothing, with a key to replay by',
    async () => {
      if (routes.createProject.body === undefined) throw new Error('it takes no body');
      const keys = fc.constantFrom('a', 'b', 'c');
      await fc.assert(
        fc.asyncProperty(nearlyValidTexts(validBodies(routes.createProject.body, {})), keys, (rawBody, key) =>
          survive(api, routes.createProject, { rawBody, headers: { 'content-type': 'application/json', 'idempotency-key': key } }),
        ),
        runs(RUNS),
      );
    },
    TIMEOUT_MS,
  );

  it('should break nothing, however deep they are nested', async () => {
    const deep = '['.repeat(400_000) + ']'.repeat(400_000);
    const headers = { 'content-type': 'application/json' };
    const { id } = await api.must(routes.openBrowser);
    const params = { id };
    await survive(api, routes.execute, { params, headers, rawBody: `{"type":"evaluate","expression":"x=>1","arg":${deep}}` });
    await survive(api, routes.scrape, { params, headers, rawBody: `{"schema":{"properties":${deep}}}` });
    await survive(api, routes.createProject, { headers: { ...headers, 'idempotency-key': 'deep' }, rawBody: `{"name":${deep}}` });
    // Once it ended the whole server: a call that could not be sent was still waited for by nobody when the browser went.
    await api.must(routes.closeBrowser, { params });
    await expect.poll(async () => (await api.must(routes.getBrowser, { params })).status).toBe('closed');
  });
});

describe('addresses and queries that nobody would write', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString()), // no halves of surrogate pairs, which URLs cannot hold
    fc.constantFrom('', '..', '%', '%00', '__proto__', 'constructor', '0', '-1', '1e999', 'NaN', '9'.repeat(400), 'null', '[]'),
  );

  it(
    'should break nothing as ids and names',
    async () => {
      const all: Record<string, RouteContract> = routes;
      const taking = (Object.keys(routes) as RouteName[]).filter((name) => all[name]?.params !== undefined);
      const ids = fc.oneof(anyText, fc.constant(browser.id.toUpperCase()), fc.constant(browser.id.slice(0, -1)));
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...taking), ids, anyText, anyText, async (routeName, id, tabId, name) => {
          const route = routes[routeName];
          const { pathname } = new URL(api.urlOf(route, { params: { id, tabId, name } }));
          const { status, headers, body } = await exchange(server.url, {
            method: route.method,
            path: pathname,
            headers: { authorization: `Bearer ${server.apiKey}` },
          });
          // An id of no characters is no id but a list, and any text may be the name of an end user.
          const isList = /^\/v1\/(browsers|projects|api-keys|sessions|tasks|end-users|webhooks)\/?$/.test(pathname);
          const isEndUser = /^\/v1\/end-users\//.test(pathname);
          expect(status).toBeGreaterThanOrEqual(isList || isEndUser ? 200 : 300);
          if (status >= 400) expect(checkedError(status, headers, body).code).not.toMatch(/internal|unavailable/);
        }),
        runs(3 * RUNS),
      );
    },
    TIMEOUT_MS,
  );

  it(
    'should break nothing as queries',
    async () => {
      const lists = [routes.listBrowsers, routes.listProjects, routes.listApiKeys, routes.listEvents];
      const names = fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom('limit', 'cursor', 'status', 'after') },
        { weight: 1, arbitrary: anyText },
      );
      const queries = fc.dictionary(names, anyText, { maxKeys: 3 });
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...lists), queries, (route, query) => survive(api, route, { params: { id: browser.id }, query })),
        runs(3 * RUNS),
      );
    },
    TIMEOUT_MS,
  );
});

describe('bytes that are hardly HTTP', () => {
  const REQUESTS = [
    'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    'POST /v1/browsers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
    'GET /v1/browsers/x/cdp?token=y HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    'POST /v1/projects HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
  ];
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.constantFrom(
      '\r\n',
      '\r\n\r\n',
      '\n',
      '\0',
      ':',
      ' ',
      '\t',
      'Host: evil.test\r\n',
      'Transfer-Encoding: chunked\r\n',
      'x'.repeat(17_000),
    ),
  );
  const broken = fc
    .tuple(fc.constantFrom(...REQUESTS), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 5 }), piece), { minLength: 1, maxLength: 3 }))
    .map(([request, changes]) =>
      changes.reduce((text, [at, length, put]) => {
        const start = at % (text.length + 1);
        return text.slice(0, start) + put + text.slice(start + length);
      }, request),
    );

  it(
    'should be answered with an error or be hung up on',
    async () => {
      await fc.assert(
        fc.asyncProperty(broken, async (text) => {
          const answers = await speak(server.url, Buffer.from(text, 'latin1'), true);
          for (const answer of answers.split(/(?=HTTP\/1\.1 \d)/)) {
            const [head = '', body = ''] = answer.split('\r\n\r\n');
            const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0);
            expect([0, 200, 302, 400, 401, 404, 405, 413, 415, 421, 431, 501]).toContain(status);
            // A HEAD request has no body in its answer; one that was cut off is not looked at.
            if (status >= 400 && body !== '' && !/transfer-encoding/i.test(head)) expect(JSON.parse(body)).toHaveProperty('requestId');
          }
        }),
        runs(5 * RUNS),
      );
    },
    TIMEOUT_MS,
  );
});
