/// <reference lib="dom" />
import type { RequestListener } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { BrowserKind } from '@carrel/protocol';
import { type Browser, Carrel } from '@carrel/sdk';
import { chromium, type Browser as PlaywrightBrowser, type Page as PlaywrightPage } from 'playwright-core';
import puppeteer, { type Browser as PuppeteerBrowser, type Page as PuppeteerPage } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

const KINDS = scaled<BrowserKind[]>(['headless-shell'], ['headless-shell', 'chromium']);
const MEBIBYTE = 1024 * 1024;

const WORKER = 'onmessage = ({data}) => postMessage(data * 2);';
const SERVICE_WORKER = `oninstall = () => skipWaiting(); onactivate = (event) => event.waitUntil(clients.claim());
  onfetch = (event) => { if (event.request.url.endsWith('/intercepted')) event.respondWith(new Response('from the service worker')); };`;

/** Pages with a popup, a frame of another site, a worker and a service worker. */
const site: RequestListener = (request, response) => {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  const elsewhere = `http://localhost:${url.port}/inner`;
  response.setHeader('content-type', url.pathname.endsWith('.js') ? 'text/javascript' : 'text/html');
  const bodies: Record<string, string> = {
    '/worker.js': WORKER,
    '/service-worker.js': SERVICE_WORKER,
    '/frames': `<title>Frames</title><iframe src="${elsewhere}"></iframe>`,
    '/inner': '<title>Inner</title><button onclick="this.textContent = \'Pressed\'">Press</button>',
    '/popup':
      '<title>Opener</title><a href="/inner" target="_blank" rel="noopener">Open</a><button onclick="window.open(\'/inner\')">Pop</button>',
  };
  response.end(bodies[url.pathname] ?? `<title>${url.pathname}</title>`);
};

let server: TestServer;
let testSite: TestSite;
let client: Carrel;
beforeAll(async () => {
  server = await startTestServer();
  testSite = await startSite(site);
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
});
afterAll(async () => {
  await testSite?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const firstPlaywrightPage = (browser: PlaywrightBrowser): PlaywrightPage => {
  const page = browser.contexts()[0]?.pages()[0];
  if (page === undefined) throw new Error('contexts()[0].pages()[0] is not there');
  return page;
};
const firstPuppeteerPage = async (browser: PuppeteerBrowser): Promise<PuppeteerPage> => {
  const page = (await browser.browserContexts()[0]?.pages())?.[0];
  if (page === undefined) throw new Error('browserContexts()[0].pages()[0] is not there');
  return page;
};

describe.each(KINDS)('Playwright and Puppeteer on one browser of kind %s', (kind) => {
  let browser: Browser;
  let playwright: PlaywrightBrowser;
  let puppets: PuppeteerBrowser;
  beforeEach(async () => {
    browser = await client.browsers.open({ kind });
    [playwright, puppets] = await Promise.all([
      chromium.connectOverCDP(browser.cdpUrl),
      puppeteer.connect({ browserWSEndpoint: browser.cdpUrl, defaultViewport: null }),
    ]);
  });
  afterEach(async () => {
    await Promise.all([playwright?.close(), puppets?.disconnect()]);
    await browser?.close();
  });

  it('should both have the first tab, and see what the other and the API do there', async () => {
    const [page, puppet] = [firstPlaywrightPage(playwright), await firstPuppeteerPage(puppets)];
    // What another client does is seen when the events of it come: to wait for it is all one can do.
    const bothSee = (title: string) =>
      Promise.all([
        page.waitForFunction((expected) => document.title === expected, title),
        puppet.waitForFunction((expected) => document.title === expected, {}, title),
      ]);
    await page.goto(`${testSite.url}/by-playwright`);
    await bothSee('/by-playwright');
    await puppet.goto(`${testSite.url}/by-puppeteer`);
    await bothSee('/by-puppeteer');
    expect((await browser.observe()).metadata.title).toBe('/by-puppeteer');
    expect(await browser.execute({ type: 'goto', url: `${testSite.url}/by-api` })).toMatchObject({ success: true });
    await bothSee('/by-api');
  });

  it('should work side by side, interleaved, each in pages of its own, with the API in a third', async () => {
    const [page, puppet] = await Promise.all([playwright.contexts()[0]?.newPage(), puppets.newPage()]);
    const tab = await browser.tabs.open(`${testSite.url}/api`);
    const rounds = Array.from({ length: scaled(10, 100) }, (_, round) => round);
    const seen = await Promise.all([
      (async () => {
        const titles = [];
        for (const round of rounds) {
          await page?.goto(`${testSite.url}/p${round}`);
          titles.push(await page?.evaluate(() => document.title));
        }
        return titles;
      })(),
      (async () => {
        const titles = [];
        for (const round of rounds) {
          await puppet.goto(`${testSite.url}/q${round}`);
          titles.push(await puppet.evaluate(() => document.title));
        }
        return titles;
      })(),
      (async () => {
        const titles = [];
        for (const round of rounds) {
          await browser.execute({ type: 'goto', url: `${testSite.url}/r${round}`, tabId: tab.id });
          titles.push((await browser.observe({ tabId: tab.id })).metadata.title);
        }
        return titles;
      })(),
    ]);
    expect(seen).toEqual(['p', 'q', 'r'].map((prefix) => rounds.map((round) => `/${prefix}${round}`)));
  });

  it('should see each other’s pages come and go as tabs', async () => {
    const appeared = new Promise<PlaywrightPage>((resolve) => playwright.contexts()[0]?.once('page', resolve));
    const puppet = await puppets.newPage();
    const page = await appeared;
    await puppet.goto(`${testSite.url}/shown`);
    expect(await page.title()).toBe('/shown');
    expect((await browser.tabs.list()).map(({ url }) => url)).toContain(`${testSite.url}/shown`);
    const closed = new Promise<void>((resolve) => page.once('close', () => resolve()));
    await puppet.close();
    await closed;
    expect(await browser.tabs.list()).toHaveLength(1);
  });

  it('should keep contexts of their own apart, and take them along when they leave', async () => {
    const mine = await playwright.newContext();
    const theirs = await puppets.createBrowserContext();
    const [page, puppet] = [await mine.newPage(), await theirs.newPage()];
    await Promise.all([page.goto(testSite.url), puppet.goto(testSite.url)]);
    await page.evaluate(() => localStorage.setItem('whose', 'playwright'));
    expect(await puppet.evaluate(() => localStorage.getItem('whose'))).toBeNull();
    await mine.close();
    await puppet.goto(`${testSite.url}/still-there`);
    expect(await puppet.title()).toBe('/still-there');
    await theirs.close();
    expect(await browser.tabs.list()).toHaveLength(1);
  });

  it('should both drive popups, frames of other sites, and workers, whoever opened them', async () => {
    const puppet = await firstPuppeteerPage(puppets);
    const page = firstPlaywrightPage(playwright);
    await puppet.goto(`${testSite.url}/frames`);
    const frame = page.frameLocator('iframe');
    await frame.getByRole('button').click();
    const inner = puppet.frames().find((one) => one.url().endsWith('/inner'));
    expect(await inner?.evaluate(() => document.querySelector('button')?.textContent)).toBe('Pressed');

    const result = await page.evaluate(
      () =>
        new Promise((resolve) => {
          const worker = new Worker('/worker.js');
          worker.onmessage = ({ data }) => resolve(data);
          worker.postMessage(21);
        }),
    );
    expect(result).toBe(42);

    for (const [label, role] of [
      ['Pop', 'button'],
      ['Open', 'link'],
    ] as const) {
      await page.goto(`${testSite.url}/popup`);
      const popup = playwright.contexts()[0]?.waitForEvent('page', { timeout: 10_000 });
      const seen = puppets.waitForTarget((target) => target.url().endsWith('/inner') && target.type() === 'page', { timeout: 10_000 });
      await page.getByRole(role, { name: label }).click();
      expect(await (await popup)?.title()).toBe('Inner');
      expect(await (await (await seen).page())?.title()).toBe('Inner');
      await (await popup)?.close();
    }
  });

  it('should let a service worker start and serve pages of either', async () => {
    const page = firstPlaywrightPage(playwright);
    const puppet = await puppets.newPage();
    await page.goto(testSite.url);
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('/service-worker.js');
      await navigator.serviceWorker.ready;
    });
    await puppet.goto(`${testSite.url}/other`);
    const answers = [
      await page.evaluate(async () => (await fetch('/intercepted')).text()),
      await puppet.evaluate(async () => (await fetch('/intercepted')).text()),
    ];
    expect(answers).toEqual(['from the service worker', 'from the service worker']);
  });

  it('should be told in a sentence what they may not do, and go on', async () => {
    const [page, puppet] = [firstPlaywrightPage(playwright), await firstPuppeteerPage(puppets)];
    const refused = /Carrel refuses Page.navigate: "file:.*" may not be opened; only http:/;
    await expect(page.goto('file:///etc/passwd')).rejects.toThrow(refused);
    await expect(puppet.goto('file:///etc/passwd')).rejects.toThrow(refused);
    await expect(page.goto('nonsense')).rejects.toThrow('Cannot navigate to invalid URL');
    await expect(playwright.newContext({ proxy: { server: 'http://127.0.0.1:9' } })).rejects.toThrow('give `proxies` when you open');
    await page.setContent('<input type="file">');
    const content = Buffer.from('by its content');
    await page.setInputFiles('input', { name: 'a.txt', mimeType: 'text/plain', buffer: content });
    expect(await page.evaluate(() => document.querySelector('input')?.files?.[0]?.text())).toBe('by its content');
    const input = await puppet.$('input');
    await expect(input?.uploadFile(fileURLToPath(import.meta.url))).rejects.toThrow('put the file into the browser over the API');
  });

  it('should lose only its connection when a client closes "the browser"', async () => {
    await puppets.close();
    expect(puppets.connected).toBe(false);
    const page = firstPlaywrightPage(playwright);
    await page.goto(`${testSite.url}/on`);
    expect(await page.title()).toBe('/on');
    expect((await browser.refresh()).status).toBe('running');
    await playwright.close();
    expect((await browser.observe()).metadata.title).toBe('/on');
    const again = await puppeteer.connect({ browserWSEndpoint: browser.cdpUrl });
    expect(await (await firstPuppeteerPage(again)).title()).toBe('/on');
    await again.disconnect();
  });

  it('should hear at once of what they wait for when the browser is closed', async () => {
    const forever = () => new Promise(() => {});
    const waiting = [firstPlaywrightPage(playwright).evaluate(forever), (await firstPuppeteerPage(puppets)).evaluate(forever)];
    const outcomes = Promise.allSettled(waiting);
    const disconnected = [
      new Promise<void>((resolve) => playwright.once('disconnected', () => resolve())),
      new Promise<void>((resolve) => puppets.once('disconnected', () => resolve())),
    ];
    await browser.close();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await Promise.all(disconnected);
  });

  it('should carry 20 MB both ways without holding the other up for good', async () => {
    const [page, puppet] = [firstPlaywrightPage(playwright), await puppets.newPage()];
    const sizeBytes = 20 * MEBIBYTE;
    const [there, back, others] = await Promise.all([
      page.evaluate((text) => text.length, 'a'.repeat(sizeBytes)),
      page.evaluate((length) => 'b'.repeat(length), sizeBytes),
      (async () => {
        const sums = [];
        for (let round = 0; round < 20; round++) sums.push(await puppet.evaluate((term) => term + 1, round));
        return sums;
      })(),
    ]);
    expect([there, back.length]).toEqual([sizeBytes, sizeBytes]);
    expect(others).toEqual(Array.from({ length: 20 }, (_, round) => round + 1));
    // Noise compresses badly: a screenshot of some megabytes.
    await page.setContent('<canvas width=2000 height=2000></canvas>');
    await page.evaluate(() => {
      const context = document.querySelector('canvas')?.getContext('2d');
      const image = context?.createImageData(2000, 2000);
      if (!context || !image) return;
      for (let at = 0; at < image.data.length; at += 65_536) crypto.getRandomValues(image.data.subarray(at, at + 65_536));
      for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
      context.putImageData(image, 0, 0);
    });
    const picture = await page.screenshot({ fullPage: true });
    expect(picture.length).toBeGreaterThan(5 * MEBIBYTE);
  });
});

it('should refuse the token of another browser, and no token at all', async () => {
  await using mine = await client.browsers.open();
  await using other = await client.browsers.open();
  const token = new URL(other.cdpUrl).searchParams.get('token') ?? '';
  const crossed = new URL(mine.cdpUrl);
  crossed.searchParams.set('token', token);
  await expect(chromium.connectOverCDP(crossed.href)).rejects.toThrow(/401/);
  crossed.searchParams.delete('token');
  await expect(chromium.connectOverCDP(crossed.href)).rejects.toThrow(/401/);
  await mine.close();
  await expect(chromium.connectOverCDP(mine.info.cdpUrl ?? other.cdpUrl.replace(other.id, mine.id))).rejects.toThrow(/401|409|410|404/);
});
