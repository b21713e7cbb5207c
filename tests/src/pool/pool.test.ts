import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { makeRunDirectory } from '@carrel/browser';
import { type OpenBrowserRequest, routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const PATIENCE_MS = 30_000;

let server: TestServer;
let api: Api;
beforeAll(async () => {
  server = await startTestServer({ CARREL_POOL_SIZE: '2' });
  api = new Api(server.url, server.apiKey);
});
afterAll(() => server[Symbol.asyncDispose]());

async function metric(line: string): Promise<number> {
  const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.apiKey}` } });
  const found = (await response.text()).split('\n').find((one) => one.startsWith(line));
  return Number(found?.split(' ').at(-1) ?? 0);
}

async function isReady(count: number): Promise<void> {
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  while ((await metric('carrel_pool_browsers{state="ready"')) < count) {
    if (deadline.aborted) throw new Error(`waited for ${count} browsers to be ready`);
    await delay(20);
  }
}

/** Opens one and closes it again; how it started. */
async function startupOf(body: OpenBrowserRequest) {
  const { id, startup, startupReason } = await api.must(routes.openBrowser, { body });
  const closed = await api.must(routes.closeBrowser, { params: { id } });
  expect(closed).toMatchObject({ startup, startupReason });
  const stored = await api.must(routes.getBrowser, { params: { id } });
  expect(stored).toMatchObject({ startup, startupReason });
  return { startup, startupReason };
}

describe('POST /v1/browsers with a pool', () => {
  it('should answer with one that was ready, say so, and count it', async () => {
    await isReady(1);
    const before = await metric('carrel_browsers_opened_total{kind="headless-shell",isolation="sandbox",startup="warm"');
    expect(await startupOf({})).toEqual({ startup: 'warm', startupReason: null });
    expect(await metric('carrel_browsers_opened_total{kind="headless-shell",isolation="sandbox",startup="warm"')).toBe(before + 1);
    expect(await metric('carrel_pool_size')).toBe(2);
  });

  it.each<[string, OpenBrowserRequest]>([
    ['metadata, an end user and limits', { metadata: { team: 'a' }, endUserId: 'alice', idleTimeoutSeconds: 60, maxDurationSeconds: 60 }],
    ['rules and proxies', { network: { allow: ['example.com'] }, proxies: [{ server: 'http://127.0.0.1:9' }] }],
    ['a place', { identity: { geolocation: { latitude: 1, longitude: 2, accuracy: 3 } } }],
    ['a time zone', { identity: { timezone: 'Asia/Kathmandu' } }],
    ['an identity that it has anyway', { identity: { locale: 'en-US', colorScheme: 'light' } }],
  ])('should have one ready for %s', async (_, body) => {
    await isReady(1);
    expect(await startupOf(body)).toEqual({ startup: 'warm', startupReason: null });
  });

  it('should say in Server-Timing what took how long', async () => {
    await isReady(1);
    const phases = async (body: OpenBrowserRequest) => {
      const headers = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' };
      const response = await fetch(`${server.url}/v1/browsers`, { method: 'POST', headers, body: JSON.stringify(body) });
      const { id } = (await response.json()) as { id: string };
      await api.must(routes.closeBrowser, { params: { id } });
      return response.headers.get('server-timing')?.replaceAll(/;dur=\d+\.\d\d/g, '');
    };
    expect(await phases({})).toBe('authenticate, parse, place, pool, claim, answer');
    expect(await phases({ identity: { colorScheme: 'dark', seed: 'alone' } })).toBe(
      'authenticate, parse, place, pool, admission, start, answer',
    );
  });

  it.each<OpenBrowserRequest>([
    { identity: { colorScheme: 'dark' } },
    { identity: { seed: 'always-the-same-person' } },
    { kind: 'chromium' },
  ])('should launch one of a sort that nobody had asked for: %j', async (body) => {
    await isReady(1);
    expect(await startupOf(body)).toEqual({ startup: 'cold', startupReason: 'pool_miss' });
  });

  it('should launch one for a profile', async () => {
    const { id } = await api.must(routes.createProfile, { body: { name: 'kept' } });
    expect(await startupOf({ profile: { id } })).toEqual({ startup: 'cold', startupReason: 'profile' });
  });

  it('should launch those that more ask for than are ready', async () => {
    await isReady(1);
    const opened = await Promise.all([1, 2, 3, 4].map(() => api.must(routes.openBrowser, { body: {} })));
    await Promise.all(opened.map(({ id }) => api.must(routes.closeBrowser, { params: { id } })));
    const reasons = new Set(opened.filter(({ startup }) => startup === 'cold').map(({ startupReason }) => startupReason));
    expect([...reasons]).toEqual(['pool_empty']);
    expect(opened.some(({ startup }) => startup === 'warm')).toBe(true);
  });
});

describe('POST /v1/browsers without a pool', () => {
  it('should say that the operator keeps none ready', async () => {
    await using without = await startTestServer();
    const other = new Api(without.url, without.apiKey);
    const { startup, startupReason } = await other.must(routes.openBrowser, { body: {} });
    expect({ startup, startupReason }).toEqual({ startup: 'cold', startupReason: 'pool_off' });
  });
});

describe('A server that closes while browsers are being opened', () => {
  it('should answer everybody, and leave none of its browsers behind, whoever had them', async () => {
    await using closing = await startTestServer({ CARREL_POOL_SIZE: '2' });
    const other = new Api(closing.url, closing.apiKey);
    const runDirectory = await makeRunDirectory(closing.dataDir, { othersMustEnter: process.getuid?.() === 0 });
    const answers = Array.from({ length: 8 }, () => other.call(routes.openBrowser, { body: {} }));
    await Promise.race(answers);
    await closing[Symbol.asyncDispose]();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses).toContain(201);
    for (const status of statuses) expect([201, 503]).toContain(status);
    expect(existsSync(runDirectory)).toBe(false);
  });
});
