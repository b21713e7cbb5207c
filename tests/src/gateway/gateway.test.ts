import { on, once } from 'node:events';
import { connect } from 'node:net';
import { Carrel } from '@carrel/sdk';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

interface Reply {
  id?: number;
  method?: string;
  sessionId?: string;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** A WebSocket that speaks CDP by hand. */
class Client {
  readonly socket: WebSocket;
  readonly #replies: AsyncIterator<[Buffer]>;
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.#replies = on(socket, 'message') as AsyncIterator<[Buffer]>;
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<Client> {
    const socket = new WebSocket(url, { headers, maxPayload: 256 * 1024 * 1024 });
    const client = new Client(socket);
    await once(socket, 'open');
    return client;
  }

  /** The next answer or error; events are passed over. */
  async reply(): Promise<Reply> {
    for (;;) {
      const { value } = await this.#replies.next();
      const message = JSON.parse(value[0].toString()) as Reply;
      if (message.method === undefined) return message;
    }
  }

  async call(method: string, params: Record<string, unknown> = {}, sessionId?: string): Promise<Reply> {
    this.socket.send(JSON.stringify({ id: this.#nextId++, method, params, sessionId }));
    return await this.reply();
  }

  /** A session of the first page. */
  async page(): Promise<string> {
    const { result } = await this.call('Target.getTargets');
    const targets = result?.targetInfos as { targetId: string; type: string }[] | undefined;
    const page = targets?.find(({ type }) => type === 'page');
    return (await this.call('Target.attachToTarget', { targetId: page?.targetId, flatten: true })).result?.sessionId as string;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    this.socket.close();
    await once(this.socket, 'close');
  }
}

/** The status that an upgrade is refused with, and the body's code. */
async function refusal(url: string, headers: Record<string, string> = {}): Promise<{ status: number; code: string }> {
  const socket = new WebSocket(url, { headers });
  const [, response] = await Promise.race([
    once(socket, 'unexpected-response'),
    once(socket, 'open').then(() => {
      socket.terminate();
      throw new Error('the upgrade was not refused');
    }),
  ]);
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode, code: (JSON.parse(Buffer.concat(chunks).toString()) as { code: string }).code };
}

describe('the CDP gateway', () => {
  let server: TestServer;
  let client: Carrel;
  beforeAll(async () => {
    server = await startTestServer({ CARREL_MAX_CDP_MESSAGE_BYTES: String(32 * 1024 * 1024) });
    client = new Carrel({ url: server.url, apiKey: server.apiKey });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('should let in who has the token of the browser, and nobody else', async () => {
    await using browser = await client.browsers.open();
    await using other = await client.browsers.open();
    const url = new URL(browser.cdpUrl ?? '');
    const token = url.searchParams.get('token') ?? '';
    url.search = '';
    expect(await refusal(url.href)).toEqual({ status: 401, code: 'unauthorized' });
    expect(await refusal(`${url}?token=`)).toEqual({ status: 401, code: 'unauthorized' });
    expect(await refusal(`${url}?token=${token.slice(0, -1)}`)).toEqual({ status: 401, code: 'unauthorized' });
    expect(await refusal((other.cdpUrl ?? '').replace(/token=.*/, `token=${token}`))).toEqual({ status: 401, code: 'unauthorized' });
    await using _byToken = await Client.open(`${url}?token=${token}`);
    await using _byKey = await Client.open(url.href, { authorization: `Bearer ${server.apiKey}` });
    const reader = await client.apiKeys.create({ name: 'reader', scopes: ['browsers:read'] });
    expect(await refusal(url.href, { authorization: `Bearer ${reader.secret}` })).toEqual({ status: 403, code: 'insufficient_scope' });
  });

  it('should refuse the token of a browser that has ended', async () => {
    const browser = await client.browsers.open();
    const url = browser.cdpUrl ?? '';
    await browser.close();
    await expect.poll(() => refusal(url)).toEqual({ status: 409, code: 'browser_not_running' });
  });

  it('should refuse pages of other sites and names that were pointed here, and let programs in', async () => {
    await using browser = await client.browsers.open();
    const url = browser.cdpUrl ?? '';
    expect(await refusal(url, { origin: 'https://evil.example' })).toEqual({ status: 403, code: 'forbidden_origin' });
    expect(await refusal(url, { origin: 'null' })).toEqual({ status: 403, code: 'forbidden_origin' });
    expect(await refusal(url, { host: 'evil.example' })).toEqual({ status: 421, code: 'forbidden_host' });
    await using _own = await Client.open(url, { origin: server.url });
  });

  it('should refuse an upgrade at any other path', async () => {
    expect(await refusal(`${server.url.replace('http', 'ws')}/v1/browsers`)).toEqual({ status: 404, code: 'not_found' });
  });

  it('should answer frames that are no CDP with errors, text or binary, and go on', async () => {
    await using browser = await client.browsers.open();
    await using cdp = await Client.open(browser.cdpUrl ?? '');
    for (const frame of ['', '{', '[]', '0', '{"id":1}', Buffer.from([0xff, 0x00, 0xfe]), Buffer.alloc(1000)]) {
      cdp.socket.send(frame);
      expect((await cdp.reply()).error?.code).toBeLessThan(0);
    }
    expect((await cdp.call('Browser.getVersion')).result).toHaveProperty('product');
  });

  it('should carry messages of 20 MB both ways', async () => {
    await using browser = await client.browsers.open();
    await using cdp = await Client.open(browser.cdpUrl ?? '');
    const session = await cdp.page();
    const size = 20 * 1024 * 1024;
    const there = await cdp.call('Runtime.evaluate', { expression: `'${'x'.repeat(size)}'.length` }, session);
    expect(there.result?.result).toMatchObject({ value: size });
    const back = await cdp.call('Runtime.evaluate', { expression: `'x'.repeat(${size})`, returnByValue: true }, session);
    const { value } = (back.result?.result ?? {}) as { value?: string };
    expect(value?.length).toBe(size);
  });

  it('should end the connection that sends more than the cap, and only that', async () => {
    await using browser = await client.browsers.open();
    await using other = await Client.open(browser.cdpUrl ?? '');
    await using cdp = await Client.open(browser.cdpUrl ?? '');
    cdp.socket.on('error', () => {}); // the peer may reset while we still write
    cdp.socket.send('x'.repeat(33 * 1024 * 1024));
    await once(cdp.socket, 'close');
    expect((await other.call('Browser.getVersion')).result).toHaveProperty('product');
  });

  it('should put out a client that does not read, while the browser and others live on', async () => {
    await using browser = await client.browsers.open();
    const deaf = await Client.open(browser.cdpUrl ?? '');
    await using other = await Client.open(browser.cdpUrl ?? '');
    const session = await deaf.page();
    deaf.socket.pause();
    const flood = JSON.stringify({
      id: 9,
      method: 'Runtime.evaluate',
      params: { expression: "'x'.repeat(8e6)", returnByValue: true },
      sessionId: session,
    });
    for (let count = 0; count < 8; count++) deaf.socket.send(flood);
    await expect.poll(() => endedClients(client, browser.id), { timeout: 20_000 }).toContain('too_slow');
    deaf.socket.terminate();
    expect((await other.call('Browser.getVersion')).result).toHaveProperty('product');
  });

  it('should live through clients that hang up in the middle of the handshake or of a frame', async () => {
    await using browser = await client.browsers.open();
    const { hostname, port, pathname, search } = new URL(browser.cdpUrl ?? '');
    const head = `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
    for (const bytes of [head.slice(0, 40), head, `${head}\x81\xfe\x00`, `${head}\xff\xff\xff\xff`]) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(Buffer.from(bytes, 'latin1'));
      socket.resetAndDestroy();
    }
    await using cdp = await Client.open(browser.cdpUrl ?? '');
    expect((await cdp.call('Browser.getVersion')).result).toHaveProperty('product');
  });

  it('should count messages of a CDP client as life, and events of the page not', async () => {
    await using driven = await client.browsers.open({ idleTimeoutSeconds: 2 }, { keepAlive: false });
    await using idle = await client.browsers.open({ idleTimeoutSeconds: 2 }, { keepAlive: false });
    await using driver = await Client.open(driven.cdpUrl ?? '');
    await using watcher = await Client.open(idle.cdpUrl ?? '');
    const session = await watcher.page();
    await watcher.call('Runtime.enable', {}, session);
    await watcher.call('Runtime.evaluate', { expression: 'setInterval(() => console.log("busy"), 20)' }, session);
    const closed = once(watcher.socket, 'close');
    const beat = setInterval(() => driver.socket.send('{"id":1,"method":"Browser.getVersion"}'), 200);
    try {
      const [code] = await closed;
      expect(code).toBe(1001);
      expect((await driven.refresh()).status).toBe('running');
    } finally {
      clearInterval(beat);
    }
    await expect.poll(async () => (await client.browsers.get(idle.id)).status).toBe('timed_out');
  });

  it('should have a page for Playwright at once, whatever was there before', async () => {
    await using browser = await client.browsers.open();
    const playwright = await chromium.connectOverCDP(browser.cdpUrl ?? '');
    const [page] = playwright.contexts()[0]?.pages() ?? [];
    await page?.goto('data:text/html,<title>Here</title>');
    expect(await page?.title()).toBe('Here');
    await playwright.close();
    expect((await browser.refresh()).status).toBe('running');
  });
});

/** Why the clients of a browser that are gone went. */
async function endedClients(client: Carrel, id: string): Promise<string[]> {
  const reasons: string[] = [];
  const browser = await client.browsers.get(id);
  for await (const event of browser.events()) {
    if (event.type === 'client.disconnected') reasons.push(String(event.data.reason));
  }
  return reasons;
}
