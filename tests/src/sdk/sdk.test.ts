import { Carrel, CarrelApiError, isCarrelError } from '@carrel/sdk';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

let server: TestServer;
let site: TestSite;
let client: Carrel;

beforeAll(async () => {
  server = await startTestServer();
  site = await startSite(greetingPage);
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

describe('the SDK against a real server', () => {
  it('should know whether the server is there and ready', async () => {
    expect(await client.health()).toMatchObject({ status: 'ok' });
    expect(await client.ready()).toMatchObject({ ready: true });
  });

  it('should drive a page, and close the browser at the end of the block', async () => {
    let id = '';
    {
      await using browser = await client.browsers.open({ metadata: { purpose: 'test' } });
      id = browser.id;
      expect(await browser.execute({ type: 'goto', url: site.url })).toMatchObject({ success: true });
      const { metadata, elements } = await browser.observe();
      expect(metadata.title).toBe('Greeting');
      const ref = elements.find(({ role }) => role === 'textbox')?.ref ?? '';
      expect(await browser.execute({ type: 'fill', ref, value: 'Zoë' })).toMatchObject({ success: true });
      expect(await browser.execute({ type: 'press', key: 'Enter', ref })).toMatchObject({ success: true });
      const read = await browser.scrape({ fields: { answer: 'output' } });
      expect(read.fields).toEqual({ answer: 'Hello Zoë' });
      const failed = await browser.execute({ type: 'click', selector: '#nowhere', timeoutMs: 200 });
      expect(failed).toMatchObject({ success: false });
    }
    const ended = await client.browsers.get(id);
    for await (const { type } of ended.events({ follow: true })) expect(type).not.toBe('browser.failed');
    const info = await ended.refresh();
    expect(info).toMatchObject({ status: 'closed', reason: { code: 'closed_by_client' }, metadata: { purpose: 'test' } });
    expect(info.cdpUrl).toBeUndefined();
  });

  it('should give a cdpUrl that works in Playwright as it is', async () => {
    await using browser = await client.browsers.open();
    const playwright = await chromium.connectOverCDP(browser.cdpUrl);
    const page = playwright.contexts()[0]?.pages()[0];
    await page?.goto(site.url);
    expect((await browser.observe()).metadata.title).toBe('Greeting');
    await playwright.close();
    expect((await browser.refresh()).status).toBe('running');
    expect(browser.cdpUrl).toMatch(/^ws:/);
  });

  it('should give pictures, PDF, cookies, tabs and files', async () => {
    await using browser = await client.browsers.open();
    await browser.execute({ type: 'goto', url: site.url });
    expect([...(await browser.screenshot()).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect(new TextDecoder().decode((await browser.pdf()).subarray(0, 5))).toBe('%PDF-');
    await browser.cookies.set([{ name: 'a', value: 'b', url: site.url }]);
    expect(await browser.cookies.get()).toEqual([expect.objectContaining({ name: 'a', value: 'b' })]);

    const tab = await browser.tabs.open(site.url);
    expect((await browser.tabs.list()).map(({ id }) => id)).toContain(tab.id);
    await browser.tabs.close(tab.id);
    expect(await browser.tabs.list()).toHaveLength(1);

    await browser.files.put('ü & ö.txt', 'hållo');
    expect(await browser.files.list()).toEqual([expect.objectContaining({ name: 'ü & ö.txt', kind: 'upload', sizeBytes: 6 })]);
    expect(new TextDecoder().decode(await browser.files.get('ü & ö.txt'))).toBe('hållo');
    await browser.files.delete('ü & ö.txt');
    await expect(browser.files.get('ü & ö.txt')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('should keep a browser open for as long as it is held', async () => {
    await using browser = await client.browsers.open({ idleTimeoutSeconds: 3, maxDurationSeconds: 6 });
    // Longer than either limit. Nobody but the renewals keeps it alive: a list is no use of a browser.
    const outlived = Date.parse(browser.info.createdAt) + 8_000;
    await expect.poll(() => Date.now(), { timeout: 15_000 }).toBeGreaterThan(outlived);
    const listed = (await client.browsers.list().page()).data.find(({ id }) => id === browser.id);
    expect(listed?.status).toBe('running');
    expect(listed?.maxDurationSeconds).toBeGreaterThan(6);
  });

  it('should leave a browser to its limits when told to', async () => {
    const browser = await client.browsers.open({ idleTimeoutSeconds: 1 }, { keepAlive: false });
    const types: string[] = [];
    for await (const { type } of browser.events({ follow: true })) types.push(type);
    expect(types.at(-1)).toBe('browser.timed_out');
    expect(types).not.toContain('browser.updated');
    expect(await browser.close()).toMatchObject({ status: 'timed_out', reason: { code: 'idle_timeout' } });
  });

  it('should follow events to the end, and read the same ones afterwards', async () => {
    const browser = await client.browsers.open();
    const followed: number[] = [];
    const following = (async () => {
      for await (const { id } of browser.events({ follow: true })) followed.push(id);
    })();
    await browser.execute({ type: 'goto', url: site.url });
    await browser.close();
    await following;
    const read: number[] = [];
    for await (const { id } of browser.events()) read.push(id);
    expect(followed).toEqual(read);
    expect(read).toEqual(read.map((_, index) => index + 1));
    // Of a browser that has ended, there is nothing to wait for.
    for await (const event of browser.events({ follow: true, after: read.length })) expect(event).toBeUndefined();
  });

  it('should tell by code that a project is full, and wait in line when asked to', async () => {
    const project = await client.projects.create({ name: 'small', maxBrowsers: 1 });
    const { secret = '' } = await client.apiKeys.create({ name: 'of the small one', projectId: project.id });
    const small = new Carrel({ url: server.url, apiKey: secret });
    const first = await small.browsers.open();
    const error = await small.browsers.open({}, { maxRetries: 0 }).catch((reason: unknown) => reason);
    expect(isCarrelError(error, 'quota_exceeded')).toBe(true);
    expect(error).toMatchObject({ status: 429, retryAfterMs: expect.any(Number) });
    const second = small.browsers.open({ waitMs: 20_000 });
    await first.close();
    await (await second).close();
    expect(await small.browsers.list().all()).toHaveLength(2);
    expect(await small.browsers.list({ status: 'running' }).all()).toEqual([]);
    await using other = await client.browsers.open();
    await expect(small.browsers.get(other.id)).rejects.toMatchObject({ code: 'not_found' });
    await client.projects.delete(project.id);
  });

  it('should open one browser only for one idempotency key', async () => {
    const options = { idempotencyKey: 'the-same', keepAlive: false };
    const [first, second] = [await client.browsers.open({}, options), await client.browsers.open({}, options)];
    expect(second.id).toBe(first.id);
    await expect(client.browsers.open({ idleTimeoutSeconds: 7 }, options)).rejects.toMatchObject({ code: 'idempotency_key_reused' });
    await first.close();
  });

  it('should tell what is wrong with a request and with a key', async () => {
    await expect(client.browsers.open({ idleTimeoutSeconds: 10 ** 9 })).rejects.toMatchObject({ code: 'limit_exceeded', status: 422 });
    // @ts-expect-error a field that there is not
    await expect(client.browsers.open({ solveCaptcha: true })).rejects.toMatchObject({ code: 'unknown_field' });
    const key = await client.apiKeys.create({ name: 'short-lived', scopes: ['browsers:read'] });
    const reader = new Carrel({ url: server.url, apiKey: key.secret ?? '' });
    await expect(reader.browsers.open()).rejects.toMatchObject({ code: 'insufficient_scope', status: 403 });
    await client.apiKeys.revoke(key.id);
    const error = await reader.browsers
      .list()
      .page()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CarrelApiError);
    expect(error).toMatchObject({ code: 'unauthorized', requestId: expect.stringMatching(/^req_/) });
  });
});
