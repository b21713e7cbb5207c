import { type Browser, routes } from '@carrel/protocol';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { Visitor } from '../dashboard/visitor.js';
import { newProject } from '../running/api.js';
import { type Member, TestFleet } from './fleet.js';

let fleet: TestFleet;
let first: Member;
let second: Member;
beforeAll(async () => {
  fleet = await TestFleet.start();
  first = await fleet.add();
  second = await fleet.add();
}, 60_000);
afterAll(() => fleet[Symbol.asyncDispose]());

/** How the server refuses a WebSocket. */
async function refusalOf(url: string, headers: Record<string, string> = {}): Promise<{ status: number | undefined; body: unknown }> {
  const webSocket = new WebSocket(url, { headers });
  return await new Promise((resolve, reject) => {
    webSocket.once('open', () => reject(new Error('it was let in')));
    webSocket.once('error', reject);
    webSocket.once('unexpected-response', async (_request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve({ status: response.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) });
    });
  });
}

describe('A browser of another server', () => {
  it('should be found on every server as soon as its opening is answered, with the URL that leads to it', async () => {
    const { api, key } = await newProject(first.api, 10);
    const there = second.api.as(key);
    const opened = await Promise.all(Array.from({ length: 4 }, () => api.must(routes.openBrowser, { body: {} })));
    for (const { id, cdpUrl } of opened) {
      const seen: Browser = await there.must(routes.getBrowser, { params: { id } });
      expect(seen).toMatchObject({ id, status: 'running', cdpUrl });
    }
    const { data } = await there.must(routes.listBrowsers);
    expect(data.map(({ id }) => id).toSorted()).toEqual(opened.map(({ id }) => id).toSorted());
    const [one] = opened;
    const seen = await there.must(routes.getBrowser, { params: { id: one?.id ?? '' } });
    const playwright = await chromium.connectOverCDP(seen.cdpUrl ?? '');
    expect(playwright.contexts()[0]?.pages()[0]?.url()).toBe('about:blank');
    await playwright.close();
    for (const { id } of opened) await api.must(routes.closeBrowser, { params: { id } });
    const statusThere = async () => (await there.must(routes.getBrowser, { params: { id: one?.id ?? '' } })).status;
    await expect.poll(statusThere, { timeout: 10_000 }).toBe('closed');
    expect(await there.must(routes.closeBrowser, { params: { id: one?.id ?? '' } })).toMatchObject({ status: 'closed' });
    await there.mustFail(routes.observe, 'browser_not_running', { params: { id: one?.id ?? '' }, body: {} });
  });

  it('should be refused with where it is, whatever is asked of it', async () => {
    const { api, key } = await newProject(first.api, 10);
    const there = second.api.as(key);
    const { id, cdpUrl = '' } = await api.must(routes.openBrowser, { body: {} });
    const details = { url: first.url, nodeId: await first.nodeId() };
    const calls = [
      [routes.updateBrowser, { body: { metadata: { a: 'b' } } }],
      [routes.closeBrowser, {}],
      [routes.checkpoint, {}],
      [routes.observe, { body: {} }],
      [routes.execute, { body: { type: 'goto', url: 'about:blank' } }],
      [routes.scrape, { body: {} }],
      [routes.screenshot, { body: {} }],
      [routes.pdf, { body: {} }],
      [routes.getCookies, {}],
      [routes.setCookies, { body: { cookies: [{ name: 'a', value: 'b', url: 'http://localhost/' }] } }],
      [routes.createLiveLink, { body: {} }],
      [routes.listLiveLinks, {}],
      [routes.listTabs, {}],
      [routes.openTab, { body: {} }],
      [routes.listFiles, {}],
      [routes.getNetwork, {}],
      [routes.listEvents, { headers: { accept: 'text/event-stream' } }],
    ] as const;
    for (const [route, options] of calls) {
      const error = await there.mustFail(route, 'browser_elsewhere', { params: { id }, ...options });
      expect(error).toMatchObject({ details, error: expect.stringContaining(first.url) });
    }
    for (const route of [routes.getFile, routes.deleteFile]) {
      expect((await there.mustFail(route, 'browser_elsewhere', { params: { id, name: 'a' } })).details).toEqual(details);
    }
    const put = await there.mustFail(routes.putFile, 'browser_elsewhere', { params: { id, name: 'a' }, rawBody: 'a' });
    expect(put.details).toEqual(details);
    // Its token is good for it on every server, and so is the key of its project.
    const elsewhere = { status: 421, body: expect.objectContaining({ code: 'browser_elsewhere', details }) };
    const byToken = cdpUrl.replace(new URL(cdpUrl).host, new URL(second.url).host);
    expect(await refusalOf(byToken)).toEqual(elsewhere);
    const withoutToken = new URL(byToken);
    withoutToken.search = '';
    expect(await refusalOf(withoutToken.href, { authorization: `Bearer ${key}` })).toEqual(elsewhere);
    // The log is in the database.
    const [here, log] = await Promise.all([api, there].map((each) => each.must(routes.listEvents, { params: { id } })));
    expect(log?.data.map(({ type }) => type)).toContain('browser.running');
    expect(log).toEqual(here);
    // And nothing of all that has reached it.
    expect(await api.must(routes.getBrowser, { params: { id } })).toMatchObject({ status: 'running', metadata: {} });
    await api.must(routes.closeBrowser, { params: { id } });
  });

  it('should be shown on the dashboard of its own server, which that of another leads to', async () => {
    const { id, liveUrl } = await first.api.must(routes.openBrowser, { body: {} });
    expect(liveUrl).toBe(`${first.url}/browsers/${id}`);
    await using visitor = await Visitor.signedIn(second);
    await visitor.goTo(`/browsers/${id}`);
    await visitor.page.getByRole('button', { name: 'Open it there' }).click();
    await visitor.page.waitForURL(liveUrl ?? '');
    await visitor.page.locator('canvas').waitFor();
    visitor.assertNoComplaints();
    await first.api.must(routes.closeBrowser, { params: { id } });
  });

  it('should be as unknown to other projects as everywhere', async () => {
    const [own, other] = [await newProject(first.api, 10), await newProject(first.api, 10)];
    const { id, cdpUrl = '' } = await own.api.must(routes.openBrowser, { body: {} });
    const there = second.api.as(other.key);
    for (const route of [routes.getBrowser, routes.closeBrowser, routes.listTabs, routes.listEvents]) {
      await there.mustFail(route, 'not_found', { params: { id } });
    }
    const forged = new URL(cdpUrl.replace(new URL(cdpUrl).host, new URL(second.url).host));
    forged.searchParams.set('token', 'x'.repeat(43));
    expect((await refusalOf(forged.href)).status).toBe(401);
    forged.search = '';
    expect((await refusalOf(forged.href, { authorization: `Bearer ${other.key}` })).status).toBe(404);
    await own.api.must(routes.closeBrowser, { params: { id } });
  });
});
