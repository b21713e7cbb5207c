import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ErrorCode, newId, type RouteContract, routes } from '@carrel/protocol';
import { startServer } from '@carrel/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, checkedError } from '../running/api.js';
import { exchange, type RawRequest, speak } from '../running/raw-http.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const ALLOWED_ORIGIN = 'https://app.example.com';
const MAX_BODY_BYTES = 64 * 1024;
/** What an import may have where files may be larger. */
const MAX_IMPORT_BYTES = 32 * 1024 * 1024;
const IMPORT = { method: 'POST', path: `/v1/profiles/${newId('profile')}/import` };
const JSON_TYPE = { 'content-type': 'application/json' };

let server: TestServer;
let api: Api;
let authorization: { authorization: string };

beforeAll(async () => {
  server = await startTestServer({ CARREL_ALLOWED_ORIGINS: ALLOWED_ORIGIN, CARREL_MAX_BODY_BYTES: String(MAX_BODY_BYTES) });
  api = new Api(server.url, server.apiKey);
  authorization = { authorization: `Bearer ${server.apiKey}` };
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

/** Makes a request with a good key, and gives the status and the code of the error that comes back. */
async function refusal(request: RawRequest): Promise<[number, ErrorCode]> {
  const { status, headers, body } = await exchange(server.url, { ...request, headers: { ...authorization, ...request.headers } });
  return [status, checkedError(status, headers, body).code];
}

/** The error in what came back over a bare connection. */
function errorIn(text: string): [number, ErrorCode] {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(lines.map((line) => line.split(/: ?(.*)/).slice(0, 2) as [string, string]));
  const status = Number(statusLine.split(' ')[1]);
  return [status, checkedError(status, headers, body).code];
}

describe('the Host header', () => {
  const PATHS = ['/v1/browsers', '/health', '/ready', '/docs/', '/openapi.json', '/nothing', '/v1/browsers/%zz'];

  it.each(['evil.test', 'localhost.evil.test', '127.0.0.1.evil.test', 'localhost.', 'evil.test:7070', 'xn--lcalhost-q5a', '*', ' '])(
    'should be refused when it is the name %j, which somebody may have pointed here',
    async (host) => {
      for (const path of PATHS.slice(0, -1))
        expect([path, ...(await refusal({ path, headers: { host } }))]).toEqual([path, 421, 'forbidden_host']);
    },
  );

  it('should be refused for preflights too, and when there is none', async () => {
    const preflight = { origin: ALLOWED_ORIGIN, 'access-control-request-method': 'POST', host: 'evil.test' };
    const { status, headers } = await exchange(server.url, { method: 'OPTIONS', path: '/v1/browsers', headers: preflight });
    expect([status, headers.get('access-control-allow-origin')]).toEqual([421, null]);
    expect(errorIn(await speak(server.url, 'GET /health HTTP/1.0\r\n\r\n'))).toEqual([421, 'forbidden_host']);
    expect(errorIn(await speak(server.url, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n'))).toEqual([421, 'forbidden_host']);
    const two = 'GET /health HTTP/1.1\r\nHost: evil.test\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    expect(errorIn(await speak(server.url, two))[0]).toBeGreaterThanOrEqual(400);
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '127.0.0.1:80', '[::1]', '10.1.2.3', '[fe80::1]:80'])(
    'should be taken when it is %s, which nobody can point elsewhere',
    async (host) => {
      expect((await exchange(server.url, { path: '/health', headers: { host } })).status).toBe(200);
    },
  );

  it('should never be in a link', async () => {
    const headers = {
      ...authorization,
      host: 'localhost:1',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.test',
    };
    const { body } = await exchange(server.url, { method: 'POST', path: '/v1/browsers', headers });
    const { id, cdpUrl } = JSON.parse(body) as { id: string; cdpUrl: string };
    expect(cdpUrl.startsWith(`${server.url.replace('http', 'ws')}/v1/browsers/${id}/cdp?token=`)).toBe(true);
    await api.must(routes.closeBrowser, { params: { id } });
    const redirect = await exchange(server.url, { path: '/docs', headers });
    expect(redirect.headers.get('location')).toBe('/docs/');
    expect((await exchange(server.url, { path: '/openapi.json', headers })).body).not.toContain('localhost:1');
  });

  it('should be that of CARREL_PUBLIC_URL, and links be made from it', async () => {
    await using behindProxy = await startTestServer({ CARREL_PUBLIC_URL: 'https://carrel.example.com/base/' });
    expect(behindProxy.url).toBe('https://carrel.example.com/base');
  });
});

describe('the Origin header', () => {
  const preflight = (origin: string) => ({
    origin,
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization,content-type,idempotency-key',
  });
  const corsHeaders = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  it.each(['https://evil.test', 'null', 'https://app.example.com.evil.test', 'https://app.example.com:444', 'http://app.example.com'])(
    'should let no page of %s read an answer',
    async (origin) => {
      const asked = await exchange(server.url, { method: 'OPTIONS', path: '/v1/browsers', headers: preflight(origin) });
      expect(corsHeaders(asked.headers).filter((name) => name === 'access-control-allow-origin')).toEqual([]);
      const read = await exchange(server.url, { path: '/v1/browsers', headers: { ...authorization, origin } });
      expect(corsHeaders(read.headers).filter((name) => name === 'access-control-allow-origin')).toEqual([]);
      expect(read.headers.get('cross-origin-resource-policy')).toBe('same-site');
    },
  );

  it('should let pages call that the operator named, with all that they need', async () => {
    const asked = await exchange(server.url, { method: 'OPTIONS', path: '/v1/browsers', headers: preflight(ALLOWED_ORIGIN) });
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-origin')).toBe(ALLOWED_ORIGIN);
    expect(asked.headers.get('access-control-allow-methods')).toMatch(/POST.*PATCH|PATCH.*POST/);
    expect(asked.headers.get('access-control-allow-headers')).toContain('idempotency-key');
    expect(asked.headers.has('access-control-allow-credentials')).toBe(false);
    const read = await exchange(server.url, { path: '/v1/browsers', headers: { ...authorization, origin: ALLOWED_ORIGIN } });
    expect(read.headers.get('access-control-allow-origin')).toBe(ALLOWED_ORIGIN);
    expect(read.headers.get('vary')?.toLowerCase()).toContain('origin');
    expect(read.headers.get('access-control-expose-headers')).toContain('retry-after');
  });
});

describe('sizes', () => {
  const bodyOf = (bytes: number) => `{"metadata":{"a":"${'x'.repeat(bytes)}"}}`;

  it('should be limited for bodies, whether or not the length is said, and every client should hear it', async () => {
    for (let round = 0; round < 5; round++) {
      for (const bytes of [MAX_BODY_BYTES, 100 * MAX_BODY_BYTES]) {
        const path = '/v1/browsers';
        expect(await refusal({ method: 'POST', path, headers: JSON_TYPE, body: bodyOf(bytes) })).toEqual([413, 'payload_too_large']);
        const rawBody = new Blob([bodyOf(bytes)]).stream() as ReadableStream<Uint8Array>;
        await api.mustFail(routes.openBrowser, 'payload_too_large', { rawBody, headers: JSON_TYPE });
      }
    }
  });

  it('should be limited for imports, which are parsed in one go, below those of files', async () => {
    const broken = `{${'x'.repeat(MAX_IMPORT_BYTES - 1)}`;
    expect(await refusal({ ...IMPORT, headers: JSON_TYPE, body: broken })).toEqual([400, 'invalid_request']);
    expect(await refusal({ ...IMPORT, headers: JSON_TYPE, body: `${broken}x` })).toEqual([413, 'payload_too_large']);
  });

  it('should be limited for headers and URLs', async () => {
    const long = 'x'.repeat(17 * 1024);
    expect(await refusal({ path: '/health', headers: { 'x-long': long } })).toEqual([431, 'headers_too_large']);
    expect(await refusal({ path: `/${long}` })).toEqual([431, 'headers_too_large']);
    expect(await refusal({ path: `/health?${long}` })).toEqual([431, 'headers_too_large']);
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`x-${n}`, '1']));
    expect(await refusal({ path: '/health', headers: many })).toEqual([431, 'headers_too_large']);
  });

  it('should be limited for parts of a path and the query', async () => {
    expect(await refusal({ path: `/v1/browsers/${'x'.repeat(10_000)}` })).toEqual([400, 'invalid_request']);
    expect(await refusal({ path: `/v1/browsers?cursor=${'x'.repeat(10_000)}` })).toEqual([400, 'invalid_request']);
    expect(await refusal({ path: `/v1/browsers?${'a=1&'.repeat(3000)}` })).toEqual([422, 'unknown_field']);
  });
});

describe('bodies', () => {
  const post = (headers: Record<string, string>, body: string) => ({ method: 'POST', path: '/v1/browsers', headers, body });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/json',
    '',
    'nonsense',
    '*/*',
  ])('should not be taken as %j', async (type) => {
    expect(await refusal(post({ 'content-type': type }, '{}'))).toEqual([415, 'unsupported_media_type']);
  });

  it.each(['{', '{"a":}', '{"a":"hunter2-secret', 'undefined', "{'a':1}", '{"waitMs":1}}', '\0', '\ufeff{', '[1,', '{"a":1,}', 'NaN'])(
    'should be JSON, which %j is not',
    async (body) => {
      const {
        status,
        headers,
        body: answer,
      } = await exchange(server.url, {
        ...post({ ...JSON_TYPE, ...authorization }, body),
      });
      const error = checkedError(status, headers, answer);
      expect(error.code).toBe('invalid_request');
      expect(error.error).not.toContain('hunter2');
    },
  );

  it.each<[string, Record<string, string>, ErrorCode]>([
    ['no key', {}, 'unauthorized'],
    ['a wrong key', { authorization: 'Bearer ck_wrong' }, 'unauthorized'],
    ['a key that may not do this', { authorization: 'of a reader' }, 'insufficient_scope'],
  ])('should not be read from whoever has %s', async (_who, headers, code) => {
    const key = { name: 'reader', scopes: ['browsers:read' as const] };
    const { secret } = await api.must(routes.createApiKey, { body: key });
    const own = headers.authorization === 'of a reader' ? { authorization: `Bearer ${secret}` } : headers;
    for (const body of [`{${'x'.repeat(MAX_IMPORT_BYTES / 2)}`, `{${'x'.repeat(2 * MAX_IMPORT_BYTES)}`]) {
      const answer = await exchange(server.url, { ...IMPORT, headers: { ...JSON_TYPE, ...own }, body });
      expect(checkedError(answer.status, answer.headers, answer.body).code).toBe(code);
    }
    // Nor waited for: what is said to come never does.
    const head = `POST ${IMPORT.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;
    const lines = Object.entries(own).map(([name, value]) => `${name}: ${value}\r\n`);
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    try {
      socket.write(`${head}${lines.join('')}Content-Length: 1000\r\n\r\n`);
      const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(10_000) })) as [Buffer];
      expect(answer.toString()).toMatch(code === 'unauthorized' ? /^HTTP\/1\.1 401 / : /^HTTP\/1\.1 403 /);
    } finally {
      socket.destroy();
    }
  });

  it('should be UTF-8, and no other encoding be guessed', async () => {
    expect((await refusal(post({ ...JSON_TYPE, 'content-encoding': 'gzip' }, '\x1f\x8b{}')))[0]).toBeGreaterThanOrEqual(400);
    const { status } = await exchange(
      server.url,
      post({ 'content-type': 'application/json; charset=utf-8', ...authorization }, '{"waitms":1}'),
    );
    expect(status).toBe(422);
  });

  it.each([1_000, 30_000])('should be refused, and not be the end of anything, when they are nested %i deep', async (depth) => {
    const nested = '['.repeat(depth) + ']'.repeat(depth);
    for (const body of [nested, `{"metadata":${nested}}`, `{"metadata":{"a":${nested}}}`]) {
      expect(await refusal(post(JSON_TYPE, body))).toEqual([400, 'invalid_request']);
    }
    const withKey = { ...JSON_TYPE, 'idempotency-key': `deep-${depth}` };
    expect(await refusal(post(withKey, `{"metadata":{"a":${nested}}}`))).toEqual([400, 'invalid_request']);
  });
});

describe('methods', () => {
  const contracts = Object.values(routes) as RouteContract[];
  const paths = [...new Set(contracts.map(({ path }) => path))];

  it.each(paths)('should be refused where %s does not take them, with those that it takes', async (path) => {
    const taken = contracts.filter((route) => route.path === path).map(({ method }) => method);
    const concrete = path.replace(/:\w+/g, 'x');
    const others = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].filter((method) => !(taken as string[]).includes(method));
    for (const method of others) {
      const { status, headers, body } = await exchange(server.url, { method, path: concrete, headers: authorization });
      expect([method, checkedError(status, headers, body).code]).toEqual([method, 'method_not_allowed']);
      expect(headers.get('allow')?.split(', ').sort()).toEqual([...taken].sort());
    }
    const head = await exchange(server.url, { method: 'HEAD', path: concrete, headers: authorization });
    expect([head.status, head.body]).toEqual([405, '']);
  });

  it('should be ones that HTTP has, and paths ones that there are', async () => {
    expect((await refusal({ method: 'PROPFIND', path: '/v1/browsers' }))[0]).toBe(405);
    expect(errorIn(await speak(server.url, 'BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n'))).toEqual([400, 'invalid_request']);
    for (const path of ['/v1', '/v2/browsers', '/v1/browser', '/V1/BROWSERS', '//v1/browsers', '/.env', '/docs/../../etc/passwd']) {
      const { status, headers, body } = await exchange(server.url, { path, headers: authorization });
      expect([path, checkedError(status, headers, body).code]).toEqual([path, 'not_found']);
    }
  });
});

describe('what is not HTTP', () => {
  it.each([
    'GARBAGE\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n',
    'GET /health HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n',
    'POST /v1/browsers HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
    'POST /v1/browsers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}',
    'POST /v1/browsers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /v1/browsers HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'POST /v1/browsers HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked, x\r\n\r\n',
  ])('should be answered with an error and hung up on: %j', async (bytes) => {
    const answers = (await speak(server.url, Buffer.from(bytes, 'latin1'))).split(/(?=HTTP\/1\.1 )/);
    const [status, code] = errorIn(answers.at(-1) ?? '');
    expect([400, 401]).toContain(status);
    expect(['invalid_request', 'unauthorized']).toContain(code);
    expect((await exchange(server.url, { path: '/health' })).status).toBe(200);
  });

  it.each(['//', '/%', '/v1/browsers/%zz/cdp', '///v1/browsers/x/cdp', '/v1/browsers/../../health'])(
    'should be refused as a WebSocket at %s',
    async (path) => {
      const upgrade =
        'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
      const [status] = errorIn(await speak(server.url, `GET ${path} HTTP/1.1\r\n${upgrade}\r\n\r\n`));
      expect([401, 404]).toContain(status);
    },
  );
});

describe('addresses that others can reach', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1'])('should not be listened on at %s with a key that nobody chose', async (host) => {
    await expect(startTestServer({ CARREL_HOST: host })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('set CARREL_API_KEY'),
    });
  });

  it('should be listened on with a key that was chosen, and links lead to where one can go', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'carrel-'));
    try {
      const key = 'chosen-by-the-operator';
      const env = { CARREL_HOST: '0.0.0.0', CARREL_API_KEY: key, CARREL_PORT: '0', CARREL_DATA_DIR: dataDir, CARREL_LOG_LEVEL: 'silent' };
      await using open = await startServer({ env, cwd: dataDir });
      expect(open.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect((await new Api(open.url, key).must(routes.listBrowsers)).data).toEqual([]);
      expect((await exchange(open.url, { path: '/health', headers: { host: 'evil.test' } })).status).toBe(421);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
