import { request } from 'node:http';
import { newId, routes } from '@carrel/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Api, newProject } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';
import { type Answered, NotteHttp } from './notte-http.js';

const OF_SESSIONS = [
  ['GET', ''],
  ['DELETE', '/stop'],
  ['POST', '/page/observe', {}],
  ['POST', '/page/execute', { type: 'evaluate_js', code: '1' }],
  ['POST', '/page/execute/file', { action: { type: 'upload_file', id: 'I1', file_path: 'a' } }],
  ['POST', '/page/scrape', {}],
  ['POST', '/page/screenshot', {}],
  ['GET', '/page/screenshot'],
  ['GET', '/cookies'],
  ['POST', '/cookies', { cookies: [{ name: 'a', value: 'b', domain: 'a.test', path: '/', httpOnly: false }] }],
  ['GET', '/debug'],
  ['GET', '/debug/tab?tab_idx=0'],
  ['GET', '/offset'],
  ['GET', '/auth'],
  ['GET', '/replay'],
  ['GET', '/network/logs'],
  ['GET', '/profile-preview'],
  ['POST', '/profile/save', {}],
  ['GET', '/files'],
  ['GET', '/files/YS50eHQ'],
  ['DELETE', '/files/YS50eHQ'],
] as const;

const MEBIBYTE = 1024 * 1024;

let server: TestServer;
let owner: NotteHttp;
let stranger: NotteHttp;
let session: string;

beforeAll(async () => {
  server = await startTestServer({ CARREL_MAX_FILE_BYTES: String(3 * MEBIBYTE), CARREL_MAX_FILES_BYTES: String(4 * MEBIBYTE) });
  const operator = new Api(server.url, server.apiKey);
  owner = new NotteHttp(server.url, server.apiKey);
  // It may open no browser, so that nothing that is thrown at it opens one.
  stranger = new NotteHttp(server.url, (await newProject(operator, 0)).key);
  session = (await owner.must('POST', '/sessions/start', { body: {} })).session_id;
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

describe('a session of another project', () => {
  it('should not be there for any call, in the same words as one that nobody has', async () => {
    const nobodys = newId('browser');
    for (const [method, path, body] of OF_SESSIONS) {
      const message = await stranger.mustFail(404, method, `/sessions/${session}${path}`, { body });
      expect(message.replaceAll(session, nobodys)).toBe(await stranger.mustFail(404, method, `/sessions/${nobodys}${path}`, { body }));
    }
    for (const path of [`/storage/${session}/downloads`, `/storage/${session}/downloads/a.txt`]) await stranger.mustFail(404, 'GET', path);
    await stranger.mustFail(404, 'POST', '/agents/start', { body: { task: 'Look.', session_id: session } });
    expect((await stranger.must('GET', '/sessions/')).items).toEqual([]);
    expect((await owner.must('GET', `/sessions/${session}`)).status).toBe('active');
  });

  it('should not be watched by WebSocket with a key of another, or with none', async () => {
    const operator = new Api(server.url, server.apiKey);
    const { secret = '' } = await operator.must(routes.createApiKey, { body: { name: 'reader', scopes: ['browsers:read'] } });
    const other = await newProject(operator, 1);
    const statusOf = (path: string, headers = {}) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(`${server.url.replace('http', 'ws')}/notte${path}`, { headers });
        socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
        socket.on('open', () => {
          socket.close();
          resolve(101);
        });
        socket.on('error', () => {});
      });
    for (const name of ['recording', 'logs']) {
      const path = `/sessions/${session}/debug/${name}`;
      expect(await statusOf(path)).toBe(401);
      expect(await statusOf(`${path}?token=${other.key}`)).toBe(404);
      expect(await statusOf(`${path}?token=${secret}`)).toBe(403);
      expect(await statusOf(`${path}?token=${server.apiKey}`, { origin: 'https://evil.example' })).toBe(403);
      expect(await statusOf(`${path}?token=${server.apiKey}`)).toBe(101);
    }
  });
});

describe('vaults, profiles and uploads of another project', () => {
  it('should not be there', async () => {
    const { vault_id: vault } = await owner.must('POST', '/vaults/create', { body: { name: 'mine' } });
    const { profile_id: profile } = await owner.must('POST', '/profiles/create', { body: { name: 'mine' } });
    const form = new FormData();
    form.set('file', new Blob(['mine']), 'mine.txt');
    await owner.must('POST', '/storage/uploads/mine.txt', { form });
    const credentials = { url: 'example.com', credentials: { username: 'eve', password: 'evil' } };
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { name: 'theirs' }],
      ['DELETE', ''],
      ['POST', '/credentials', credentials],
      ['GET', '/credentials?url=example.com'],
      ['DELETE', '/credentials?url=example.com'],
      ['GET', '/card'],
    ] as const) {
      await stranger.mustFail(404, method, `/vaults/${vault}${path}`, { body });
    }
    for (const [method, path, body] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/cookies'],
      ['POST', '/cookies', { cookies: [{ name: 'a', value: 'b', domain: 'a.test', path: '/' }] }],
      ['POST', '/state', { mode: 'append' }],
      ['POST', '/duplicate', {}],
    ] as const) {
      await stranger.mustFail(404, method, `/profiles/${profile}${path}`, { body });
    }
    await stranger.mustFail(404, 'GET', '/storage/uploads/mine.txt');
    for (const list of ['/vaults/', '/profiles/']) expect((await stranger.must('GET', list)).items).toEqual([]);
    expect((await stranger.must('GET', '/storage/uploads')).files).toEqual([]);
    // A link is to one file of one project, and cannot be bent to another.
    const { url } = await owner.must('GET', '/storage/uploads/mine.txt');
    expect(await (await fetch(url)).text()).toBe('mine');
    for (const bent of [
      url.replace('mine.txt', 'other.txt'),
      url.replace(/expires=\d/, 'expires=9'),
      url.replace(/token=.{4}/, 'token=AAAA'),
    ]) {
      expect((await fetch(bent)).status).toBe(404);
    }
    expect((await owner.must('GET', `/vaults/${vault}`)).credentials).toEqual([]);
  });
});

describe('files', () => {
  const upload = (size: number, name: string) => {
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(size)]), name);
    return form;
  };

  it('should be as large as files may be, and no larger, alone and together', async () => {
    for (const path of ['/storage/uploads/large.bin', `/sessions/${session}/files`]) {
      await owner.must('POST', path, { form: upload(3 * MEBIBYTE, 'large.bin') });
      expect(await owner.mustFail(413, 'POST', path, { form: upload(3 * MEBIBYTE + 1, 'larger.bin') })).toMatch(/bytes/);
      await owner.mustFail(413, 'POST', path.replace('large.bin', 'more.bin'), { form: upload(2 * MEBIBYTE, 'more.bin') });
    }
    expect((await owner.must('GET', '/storage/uploads')).files.map(({ name }: Answered) => name)).toEqual(['large.bin', 'mine.txt']);
    expect((await owner.must('GET', `/sessions/${session}/files`)).total).toBe(1);
    // A name that leads out of its directory, or is none.
    await owner.mustFail(400, 'POST', '/storage/uploads/..%2F..%2Fapi-key', { form: upload(1, 'x') });
    await owner.mustFail(400, 'GET', '/storage/uploads/..%2F..%2Fapi-key');
    await owner.mustFail(415, 'POST', '/storage/uploads/a.txt', { body: {} });
  });
});

describe('the guards of the native API', () => {
  /** What Notte's clients would be told, with any headers that a browser would not let a page send. */
  const told = (headers: Record<string, string>, body = '{}') =>
    new Promise<{ status: number; message: string }>((resolve, reject) => {
      const ask = request(`${server.url}/notte/sessions/start`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      });
      ask.on('response', async (response) => resolve(JSON.parse(Buffer.concat(await response.toArray()).toString())));
      ask.on('error', reject);
      ask.end(body);
    });

  it('should hold here too', async () => {
    const authorization = `Bearer ${server.apiKey}`;
    expect(await told({})).toMatchObject({ status: 401, code: 'unauthorized' });
    expect(await told({ authorization: 'Bearer ck_nobody' })).toMatchObject({ status: 401 });
    expect(await told({ authorization, host: 'evil.example' })).toMatchObject({ status: 421, code: 'forbidden_host' });
    expect(await told({ authorization }, '{"a":')).toMatchObject({ status: 400 });
    expect(await told({ authorization }, JSON.stringify({ a: 'x'.repeat(1_100_000) }))).toMatchObject({ status: 413 });
    expect(await told({ authorization, 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    // The cookie of the dashboard does nothing for a page of somebody else's.
    expect(await told({ cookie: 'carrel_session=x', origin: 'https://evil.example' })).toMatchObject({
      status: 403,
      code: 'forbidden_origin',
    });
    const operator = new Api(server.url, server.apiKey);
    const { secret = '' } = await operator.must(routes.createApiKey, { body: { name: 'reader', scopes: ['browsers:read'] } });
    expect(await told({ authorization: `Bearer ${secret}` })).toMatchObject({ status: 403, code: 'insufficient_scope' });
    // Whoever may only see is not told how to drive.
    const reader = new NotteHttp(server.url, secret);
    expect(await reader.must('GET', `/sessions/${session}`)).toMatchObject({ cdp_url: null, viewer_url: null });
    // A project at its limit is told so at once, in words that clients do not take for a reason to try again.
    expect(await stranger.mustFail(429, 'POST', '/sessions/start', { body: {} })).toMatch(/0 sessions open.*stop one/);
    await stranger.mustFail(404, 'GET', '/nothing');
  });
});

describe('whatever is sent', () => {
  it('should be answered without a defect, and in the form of an error', { timeout: 60_000 }, async () => {
    const paths = [
      ...OF_SESSIONS.map(([method, path]) => [method, `/sessions/{}${path}`] as const),
      ...['/sessions/start', '/agents/start', '/profiles/create', '/vaults/create', '/nothing', '/personas/create'].map(
        (path) => ['POST', path] as const,
      ),
      ...[
        '/agents/{}',
        '/vaults/{}',
        '/profiles/{}',
        '/storage/{}/downloads',
        '/storage/uploads/{}',
        '/storage/links/{}/{}/{}',
        '/functions/{}',
      ].map((path) => ['GET', path] as const),
      ['GET', '/sessions?page={}'] as const,
      ['POST', '/vaults/{}/credentials'] as const,
      ['DELETE', '/vaults/{}'] as const,
    ];
    const known = fc.constantFrom(
      'type',
      'url',
      'id',
      'value',
      'selector',
      'session_id',
      'task',
      'cookies',
      'proxies',
      'profile',
      'name',
      'vault_id',
    );
    const body = fc.dictionary(known, fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('click', 'goto', 'fill', session)), {
      maxKeys: 6,
    });
    const id = fc.oneof(
      fc.constant(session),
      fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !/^\.*$/.test(text)),
      fc.constantFrom('%00', '\u0000', 'vault_x', '1e99'),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), id, body, async ([method, path], text, json) => {
        const filled = path.replaceAll('{}', () => encodeURIComponent(Buffer.from(text).toString()));
        const { status } = await stranger.call(method, filled, method === 'GET' ? {} : { body: json });
        expect(status < 500 || status === 501, `${method} ${filled}: ${status}`).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
