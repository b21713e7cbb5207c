import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { newId, routes, SCOPES, type SignInRequest } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, newProject } from '../running/api.js';
import { exchange, type RawAnswer } from '../running/raw-http.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

let server: TestServer;
let operator: Api;

beforeAll(async () => {
  server = await startTestServer({ CARREL_ALLOWED_ORIGINS: 'https://app.example.com' });
  operator = new Api(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const JSON_TYPE = { 'content-type': 'application/json' };

/** Signs in as the page does, and gives the cookie that it then has. */
async function signIn(body: SignInRequest): Promise<{ cookie: string; setCookie: string }> {
  const headers = { ...JSON_TYPE, origin: server.url };
  const answer = await exchange(server.url, { method: 'POST', path: '/dashboard/sign-in', headers, body: JSON.stringify(body) });
  expect([answer.status, answer.body]).toEqual([204, '']);
  const setCookie = answer.headers.get('set-cookie') ?? '';
  return { cookie: setCookie.split(';')[0] ?? '', setCookie };
}

/** A port that nobody listens at just now. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

const me = (cookie: string) => exchange(server.url, { path: '/dashboard/me', headers: { cookie } });
const codeOf = ({ status, body }: RawAnswer) => [status, JSON.parse(body).code];

/** A key of its own, whose fate is nobody else's. */
async function newKey(): Promise<{ id: string; secret: string }> {
  const { id, secret = '' } = await operator.must(routes.createApiKey, { body: { name: 'signs in' } });
  return { id, secret };
}

async function codeOfLink(api: Api = operator): Promise<string> {
  const { url } = await api.must(routes.createSignInLink);
  return url.slice(url.indexOf('#code=') + '#code='.length);
}

describe('signing in', () => {
  it('should give a cookie that no script reads and no other site sends', async () => {
    const { cookie, setCookie } = await signIn({ apiKey: server.apiKey });
    expect(setCookie).toMatch(/^carrel_session=[\w-]{43};/);
    for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(setCookie).toContain(attribute);
    expect(setCookie).not.toContain(server.apiKey);
    const { status, body, headers } = await me(cookie);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(JSON.parse(body)).toEqual(await operator.must(routes.getAccount));
    expect(JSON.parse(body)).toMatchObject({ url: server.url, scopes: Object.keys(SCOPES), project: { maxBrowsers: 20 } });
  });

  it('should give one for https only, where the server is reached by that', async () => {
    const port = await freePort();
    await using secure = await startTestServer({ CARREL_PUBLIC_URL: 'https://carrel.example.com', CARREL_PORT: String(port) });
    const request = { method: 'POST', path: '/dashboard/sign-in', body: JSON.stringify({ apiKey: secure.apiKey }) };
    const headers = { ...JSON_TYPE, host: 'carrel.example.com' };
    const from = (origin: string) => exchange(`http://127.0.0.1:${port}`, { ...request, headers: { ...headers, origin } });
    expect((await from('https://carrel.example.com')).headers.get('set-cookie')).toContain('Secure');
    expect(codeOf(await from('http://carrel.example.com'))).toEqual([403, 'forbidden_origin']);
  });

  it('should let the page do what the key may, and no more', async () => {
    const { secret = '' } = await operator.must(routes.createApiKey, { body: { name: 'reads', scopes: ['browsers:read'] } });
    const { cookie } = await signIn({ apiKey: secret });
    const headers = { cookie, origin: server.url };
    expect((await exchange(server.url, { path: '/v1/browsers', headers })).status).toBe(200);
    expect(codeOf(await exchange(server.url, { method: 'POST', path: '/v1/browsers', headers }))).toEqual([403, 'insufficient_scope']);
    const { id } = await newProject(operator, 1);
    expect(codeOf(await exchange(server.url, { path: `/v1/projects/${id}`, headers }))).toEqual([404, 'not_found']);
  });

  it.each([{ apiKey: 'ck_wrong' }, { code: 'x' }, { code: `${randomBytes(32).toString('base64url')}` }])(
    'should be refused with %j',
    async (body) => {
      expect((await operator.as(null).mustFail(routes.signIn, 'unauthorized', { body })).error).not.toContain(Object.values(body)[0]);
    },
  );

  it.each([{}, { apiKey: 'ck_x', code: 'y' }, { apiKey: '' }, { apiKey: 1 }, []])('should not take %j', async (body) => {
    const answer = await operator.as(null).call(routes.signIn, { body });
    expect([400, 422]).toContain(answer.status);
  });

  it('should be refused for a while when too many attempts have failed, and for nobody who comes from elsewhere', async () => {
    await using own = await startTestServer();
    const api = new Api(own.url, null);
    for (let attempt = 0; attempt < 20; attempt++) await api.mustFail(routes.signIn, 'unauthorized', { body: { apiKey: `ck_${attempt}` } });
    for (const apiKey of ['ck_more', own.apiKey]) {
      const { headers } = await api.mustFail(routes.signIn, 'too_many_attempts', { body: { apiKey } });
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    // Those who send the key with each call are not locked out by that.
    expect((await new Api(own.url, own.apiKey).must(routes.getAccount)).url).toBe(own.url);
  });
});

describe('the link', () => {
  it('should sign in as the key that made it, once', async () => {
    const key = await newKey();
    const api = operator.as(key.secret);
    const { url, expiresAt } = await api.must(routes.createSignInLink);
    expect(url.startsWith(`${server.url}/sign-in#code=`)).toBe(true);
    expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(600_000);
    const code = url.split('#code=')[1] ?? '';
    expect(Buffer.from(code, 'base64url').length).toBeGreaterThanOrEqual(16);
    const { cookie } = await signIn({ code });
    expect(JSON.parse((await me(cookie)).body).apiKeyId).toBe(key.id);
    await operator.as(null).mustFail(routes.signIn, 'unauthorized', { body: { code } });
    expect((await me(cookie)).status).toBe(200);
  });

  it('should sign in one of many who open it at once', async () => {
    const code = await codeOfLink();
    const answers = await Promise.all(Array.from({ length: 4 }, () => operator.as(null).call(routes.signIn, { body: { code } })));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('should be good for nothing when its key is revoked', async () => {
    const key = await newKey();
    const code = await codeOfLink(operator.as(key.secret));
    await operator.must(routes.revokeApiKey, { params: { id: key.id } });
    await operator.as(null).mustFail(routes.signIn, 'unauthorized', { body: { code } });
  });

  it('should be no key, and its hash no code', async () => {
    const code = await codeOfLink();
    await operator.as(code).mustFail(routes.getAccount, 'unauthorized');
    const hash = createHash('sha256').update(code).digest();
    for (const text of [hash.toString('hex'), hash.toString('base64url')]) {
      await operator.as(null).mustFail(routes.signIn, 'unauthorized', { body: { code: text } });
    }
    expect((await me(`carrel_session=${code}`)).status).toBe(401);
  });
});

describe('the cookie', () => {
  it('should be good for nothing after signing out, whoever kept a copy', async () => {
    const { cookie } = await signIn({ apiKey: server.apiKey });
    const other = await signIn({ apiKey: server.apiKey });
    const headers = { cookie, origin: server.url };
    const answer = await exchange(server.url, { method: 'POST', path: '/dashboard/sign-out', headers });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([204, expect.stringMatching(/^carrel_session=;.*Max-Age=0/)]);
    expect(codeOf(await me(cookie))).toEqual([401, 'unauthorized']);
    expect((await me(other.cookie)).status).toBe(200);
  });

  it('should be good for nothing as soon as its key is revoked', async () => {
    const key = await newKey();
    const { cookie } = await signIn({ apiKey: key.secret });
    expect((await me(cookie)).status).toBe(200);
    await operator.must(routes.revokeApiKey, { params: { id: key.id } });
    expect(codeOf(await me(cookie))).toEqual([401, 'unauthorized']);
  });

  it('should change nothing for the pages of others, or for nobody', async () => {
    const { cookie } = await signIn({ apiKey: server.apiKey });
    const port = new URL(server.url).port;
    const calls = [
      ['POST', '/v1/browsers'],
      ['DELETE', `/v1/browsers/${newId('browser')}`],
      ['PATCH', `/v1/projects/${newId('project')}`],
      ['PUT', `/v1/browsers/${newId('browser')}/cookies`],
      ['POST', '/dashboard/sign-out'],
    ] as const;
    const foreign: Record<string, string>[] = [
      { origin: 'https://evil.test' },
      { origin: 'null' },
      { origin: `http://127.0.0.1:${Number(port) + 1}` },
      { origin: `https://127.0.0.1:${port}` },
      { origin: 'https://app.example.com' }, // it may call with a key
      { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
      { origin: '' },
      {},
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
      { referer: `${server.url}/` },
    ];
    for (const [method, path] of calls) {
      for (const headers of foreign) {
        const answer = await exchange(server.url, { method, path, headers: { ...headers, cookie } });
        expect([method, path, headers, ...codeOf(answer)]).toEqual([method, path, headers, 403, 'forbidden_origin']);
      }
    }
    expect((await operator.must(routes.listBrowsers)).data).toEqual([]);
    expect((await me(cookie)).status).toBe(200);
  });

  it.each([
    ['Origin', () => ({ origin: server.url })],
    [
      'Origin under another of its names',
      () => ({ origin: `http://localhost:${new URL(server.url).port}`, host: new URL(server.url).host.replace('127.0.0.1', 'localhost') }),
    ],
    ['Sec-Fetch-Site', () => ({ 'sec-fetch-site': 'same-origin' })],
  ])('should do for the page itself what it asks, known by its %s', async (_, headersOf) => {
    const { cookie } = await signIn({ apiKey: server.apiKey });
    const path = `/v1/browsers/${newId('browser')}`;
    expect(codeOf(await exchange(server.url, { method: 'DELETE', path, headers: { ...headersOf(), cookie } }))).toEqual([404, 'not_found']);
  });

  it('should not stand in for a key that is sent and is wrong', async () => {
    const { cookie } = await signIn({ apiKey: server.apiKey });
    const headers = { cookie, authorization: 'Bearer ck_wrong', origin: server.url };
    expect(codeOf(await exchange(server.url, { path: '/v1/browsers', headers }))).toEqual([401, 'unauthorized']);
  });

  it.each(['', 'x', 'carrel_session', `${'x'.repeat(43)}`, "' or true --", '%00'])('should not be guessed as %j', async (value) => {
    expect((await me(`carrel_session=${value}`)).status).toBe(401);
  });
});
