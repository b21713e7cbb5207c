import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, Carrel } from '@carrel/sdk';
import { startServer } from '@carrel/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

/** A site that pages may reach, one that they may not, and what came to them. */
let allowed: TestSite;
let forbidden: TestSite;
const hits: string[] = [];
let server: TestServer;
let client: Carrel;

const portOf = (url: string) => new URL(url).port;

beforeAll(async () => {
  forbidden = await startSite((request, response) => {
    hits.push(`${request.method} ${request.url}`);
    response.setHeader('access-control-allow-origin', '*');
    response.end('secret');
  });
  allowed = await startSite((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: `${forbidden.url}/redirected` }).end();
    else if (request.url === '/worker.js') {
      response.setHeader('content-type', 'text/javascript');
      response.end(
        `fetch('${forbidden.url}/worker', {mode: 'no-cors'}).then((r) => r.text()).then(postMessage, (e) => postMessage('refused'))`,
      );
    } else {
      response.setHeader('content-type', 'text/html');
      response.end('<title>Allowed</title><h1>Allowed</h1>');
    }
  });
  server = await startTestServer({ CARREL_EGRESS_ALLOW: `127.0.0.1:${portOf(allowed.url)}` });
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
}, 60_000);

afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await allowed?.[Symbol.asyncDispose]();
  await forbidden?.[Symbol.asyncDispose]();
}, 60_000);

async function goto(browser: Browser, url: string) {
  const result = await browser.execute({ type: 'goto', url });
  const { snapshot } = await browser.observe();
  return { ...result, snapshot };
}

async function evaluate(browser: Browser, expression: string) {
  const result = await browser.execute({ type: 'evaluate', expression });
  if (!result.success) throw new Error(result.message);
  return result.value;
}

describe('what pages may reach', () => {
  it('should show a page that says why an address of this machine is refused', async () => {
    await using browser = await client.browsers.open();
    expect((await goto(browser, allowed.url)).title).toBe('Allowed');
    for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', 'name.localhost']) {
      const { snapshot } = await goto(browser, `http://${host}:${portOf(forbidden.url)}/`);
      expect([host, snapshot]).toEqual([host, expect.stringMatching(/loopback address[\s\S]*address_not_public/)]);
    }
    expect((await goto(browser, 'http://169.254.169.254/latest/meta-data/')).snapshot).toContain('link-local address');
    expect(hits).toEqual([]);
  });

  it('should refuse whatever a page has to ask the network with', async () => {
    await using browser = await client.browsers.open();
    await goto(browser, allowed.url);
    const there = forbidden.url;
    const socket = there.replace('http', 'ws');
    const seen = await evaluate(
      browser,
      `(async () => {
        const outcome = (promise) => promise.then(String, () => 'refused');
        const image = new Promise((resolve, reject) => Object.assign(new Image(), { onload: resolve, onerror: reject, src: '${there}/image' }));
        const ws = new Promise((resolve, reject) => Object.assign(new WebSocket('${socket}/socket'), { onopen: resolve, onerror: reject }));
        const worker = new Promise((resolve) => (new Worker('/worker.js').onmessage = ({ data }) => resolve(data)));
        navigator.sendBeacon('${there}/beacon', 'x');
        document.head.append(Object.assign(document.createElement('link'), { rel: 'prefetch', href: '${there}/prefetch' }));
        document.head.append(Object.assign(document.createElement('link'), { rel: 'icon', href: '${there}/icon' }));
        return {
          fetch: await outcome(fetch('${there}/fetch').then((r) => r.text())),
          redirect: await outcome(fetch('/redirect').then((r) => r.text())),
          image: await outcome(image),
          socket: await outcome(ws),
          worker: await outcome(worker),
          rtc: await new Promise(async (resolve) => {
            const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.1:${portOf(there)}' }] });
            const found = [];
            // A machine without networks often never gets to the end of its search; a candidate of it would be there at once.
            setTimeout(() => resolve(found), 1_000);
            peer.onicecandidate = ({ candidate }) => (candidate ? found.push(candidate.candidate) : resolve(found));
            peer.createDataChannel('x');
            await peer.setLocalDescription(await peer.createOffer());
          }),
        };
      })()`,
    );
    expect(seen).toMatchObject({ fetch: 'refused', redirect: 'refused', image: 'refused', socket: 'refused', rtc: [] });
    expect(hits).toEqual([]);
    const { data, totals } = await browser.network({ limit: 1000 });
    const refused = data.filter(({ failure }) => failure === 'address_not_public');
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(totals.refused).toBe(refused.length);
  });

  it("should refuse the server's own API, even where it is in an allowed range", async () => {
    await using open = await startTestServer({ CARREL_EGRESS_ALLOW: '0.0.0.0/0,::/0' });
    const carrel = new Carrel({ url: open.url, apiKey: open.apiKey });
    await using browser = await carrel.browsers.open();
    expect((await goto(browser, forbidden.url)).snapshot).toContain('secret');
    hits.length = 0;
    for (const host of ['127.0.0.1', 'localhost', '127.0.0.2', '0.0.0.0']) {
      const { snapshot } = await goto(browser, `http://${host}:${portOf(open.url)}/health`);
      expect(snapshot).toContain('own_listener');
    }
  }, 60_000);

  it('should reach what is allowed for a while only for that while', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'carrel-'));
    try {
      const apiKey = 'ck_allowed_for_a_while';
      const env = { CARREL_DATA_DIR: dataDir, CARREL_PORT: '0', CARREL_LOG_LEVEL: 'silent', CARREL_API_KEY: apiKey };
      await using carrel = await startServer({ env, cwd: dataDir });
      await using browser = await new Carrel({ url: carrel.url, apiKey }).browsers.open();
      {
        using _ = carrel.allowEgress(new URL(allowed.url).host);
        expect((await goto(browser, allowed.url)).title).toBe('Allowed');
      }
      expect((await goto(browser, allowed.url)).snapshot).toContain('address_not_public');
      expect(() => carrel.allowEgress('localhost')).toThrow(/address or CIDR range/);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 60_000);

  it('should be narrowed by the rules of a browser', async () => {
    await using browser = await client.browsers.open({
      network: { allow: ['*.localhost', '127.0.0.1'], deny: [`127.0.0.1:${portOf(allowed.url)}`] },
    });
    expect(browser.info.network).toMatchObject({
      exit: { type: 'direct', source: 'host' },
      allow: ['*.localhost', '127.0.0.1'],
      deny: [`127.0.0.1:${portOf(allowed.url)}`],
    });
    expect((await goto(browser, allowed.url)).snapshot).toContain('host_denied');
    expect((await goto(browser, 'http://example.com/')).snapshot).toContain('host_not_allowed');
    expect((await goto(browser, forbidden.url)).snapshot).toContain('address_not_public');
    const events = [];
    for await (const { type, data } of browser.events()) if (type === 'network.refused') events.push(data.failure);
    expect(events).toEqual(['host_denied', 'host_not_allowed', 'address_not_public']);
    await expect(client.browsers.open({ network: { deny: ['http://example.com'] } })).rejects.toMatchObject({ code: 'invalid_request' });
    // @ts-expect-error no such rule
    await expect(client.browsers.open({ network: { block: [] } })).rejects.toMatchObject({ code: 'unknown_field' });
  });
});

describe('the network log', () => {
  it('should have requests, bytes and pages of it, for as long as the browser runs, and for nobody else', async () => {
    const browser = await client.browsers.open();
    await goto(browser, `${allowed.url}/?token=secret`);
    const first = await browser.network({ limit: 1 });
    expect(first).toMatchObject({
      data: [{ id: 1, method: 'GET', host: '127.0.0.1', port: Number(portOf(allowed.url)), url: null, status: 200, failure: null }],
      nextCursor: '1',
      exit: { type: 'direct' },
    });
    expect(first.data[0]?.bytesIn).toBeGreaterThan(50);
    expect(first.totals.bytesIn).toBeGreaterThanOrEqual(first.data[0]?.bytesIn ?? 0);
    const rest = await browser.network({ cursor: first.nextCursor ?? '' });
    expect(rest.data.every(({ id }) => id > 1)).toBe(true);
    expect(rest.nextCursor).toBeNull();
    const project = await client.projects.create({ name: 'other' });
    const key = await client.apiKeys.create({ name: 'other', projectId: project.id, scopes: ['browsers:read'] });
    const answer = await fetch(`${server.url}/v1/browsers/${browser.id}/network`, { headers: { authorization: `Bearer ${key.secret}` } });
    expect(answer.status).toBe(404);
    await browser.close();
    await expect(browser.network()).rejects.toMatchObject({ code: 'browser_not_running' });
  });
});

describe('exits', () => {
  it('should leave directly with a warning when the operator has no proxies, and say what there is not', async () => {
    await using browser = await client.browsers.open({ proxies: true });
    expect(browser.info.network.exit).toMatchObject({ type: 'direct', source: 'host' });
    expect(browser.info.warnings).toEqual([expect.stringContaining('CARREL_PROXIES')]);
    expect((await client.browsers.get(browser.id)).info.warnings).toHaveLength(1);
    await expect(client.browsers.open({ proxies: 'de' })).rejects.toMatchObject({ code: 'no_exit_available', status: 422 });
    await expect(client.browsers.open({ proxies: [{ server: 'ftp://x' }] })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(client.browsers.open({ proxies: [{ server: 'http://u:p@x:1' }] })).rejects.toMatchObject({ code: 'invalid_request' });
    await using direct = await client.browsers.open();
    expect(direct.info.warnings).toEqual([]);
  });

  it("should leave by the operator's proxy in a country, from a file, and never otherwise when it is dead", async () => {
    const directory = await mkdtemp(join(tmpdir(), 'carrel-pool-'));
    try {
      // Takes a request for itself: what a page gets comes from here.
      const taken: string[] = [];
      const upstream = createTcpServer((socket: Socket) => {
        socket.on('error', () => {});
        socket.on('data', (data) => {
          taken.push(data.toString());
          socket.end(
            'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 25\r\nConnection: close\r\n\r\n<title>By a proxy</title>',
          );
        });
      }).listen(0, '127.0.0.1');
      await once(upstream, 'listening');
      const { port } = upstream.address() as { port: number };
      const url = `http://user-word:secret-word@127.0.0.1:${port}`;
      await writeFile(join(directory, 'pool.json'), JSON.stringify([{ url, country: 'FR', city: 'Paris', tags: ['fast'] }]));
      await using pooled = await startTestServer({ CARREL_PROXIES: join(directory, 'pool.json'), CARREL_EGRESS_ALLOW: '' });
      const carrel = new Carrel({ url: pooled.url, apiKey: pooled.apiKey });
      await using browser = await carrel.browsers.open({ proxies: 'fr' });
      const exit = { type: 'proxy', source: 'pool', server: null, addresses: [], country: 'FR', city: 'Paris', tags: ['fast'] };
      expect(browser.info.network.exit).toEqual(exit);
      expect((await goto(browser, 'http://93.184.216.34/x')).title).toBe('By a proxy');
      expect(taken[0]).toMatch(/^GET http:\/\/93\.184\.216\.34\/x HTTP\/1\.1\r\n/);
      expect(taken[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from('user-word:secret-word').toString('base64')}`);
      await expect(carrel.browsers.open({ proxies: 'DE' })).rejects.toMatchObject({ code: 'no_exit_available' });
      expect(JSON.stringify([browser.info, await browser.network()])).not.toMatch(/secret-word|user-word/);
      upstream.close();
      await once(upstream, 'close');
      expect((await goto(browser, 'http://93.184.216.34/y')).snapshot).toContain('exit_failed');
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }, 60_000);

  it("should leave by the same of the operator's proxies for all browsers of an end user", async () => {
    const pool = Array.from({ length: 32 }, (_, at) => ({ url: `http://192.0.2.${at + 1}:3128`, country: 'DE', city: `city ${at}` }));
    await using pooled = await startTestServer({ CARREL_PROXIES: JSON.stringify(pool) });
    const carrel = new Carrel({ url: pooled.url, apiKey: pooled.apiKey });
    const cities: (string | null)[] = [];
    for (let browsers = 0; browsers < 3; browsers++) {
      await using browser = await carrel.browsers.open({ proxies: 'DE', endUserId: 'Ada & co' });
      expect(browser.info.endUserId).toBe('Ada & co');
      cities.push(browser.info.network.exit.city);
    }
    expect(new Set(cities).size).toBe(1);
    await using other = await carrel.browsers.open({ proxies: 'DE' });
    expect((await carrel.browsers.list({ endUserId: 'Ada & co' }).all()).map(({ endUserId }) => endUserId)).toEqual(
      Array(3).fill('Ada & co'),
    );
    expect((await carrel.browsers.list({ status: 'running' }).all()).map(({ id, endUserId }) => [id, endUserId])).toEqual([
      [other.id, null],
    ]);
    await expect(carrel.browsers.open({ endUserId: 'a\nb' })).rejects.toMatchObject({ code: 'invalid_request' });
  }, 60_000);

  it('should refuse instead of leaving directly when the operator demands proxies, and start with no bad pool', async () => {
    await using strict = await startTestServer({ CARREL_PROXIES_REQUIRED: '1' });
    const carrel = new Carrel({ url: strict.url, apiKey: strict.apiKey });
    await expect(carrel.browsers.open({ proxies: true })).rejects.toMatchObject({ code: 'no_exit_available' });
    await expect(startTestServer({ CARREL_PROXIES: '/nowhere/pool.json' })).rejects.toThrow(/pool\.json, which cannot be read/);
    const bad = startTestServer({ CARREL_PROXIES: '[{"url": "ftp://secret-word@x"}]' });
    await expect(bad).rejects.toThrow(/CARREL_PROXIES .*must be a JSON array/);
    await expect(bad).rejects.not.toThrow(/secret-word/);
  }, 60_000);
});
