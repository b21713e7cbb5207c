import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { makeRunDirectory } from '@carrel/browser';
import type { BrowserKind } from '@carrel/protocol';
import { type Browser, Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { treeOf, untilGone } from '../../../packages/browser/src/testing/processes.js';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

const KINDS: BrowserKind[] = ['headless-shell', 'chromium'];
const MEBIBYTE = 1024 * 1024;
const profileOf = ({ id }: Browser) => `/${id}/profile`;

let server: TestServer;
let site: TestSite;
let client: Carrel;
let neighbour: Browser;
let runDirectory: string;
beforeAll(async () => {
  site = await startSite(greetingPage);
  server = await startTestServer({
    CARREL_BROWSER_MEMORY_BYTES: `${1024 * MEBIBYTE}`,
    CARREL_BROWSER_DISK_BYTES: `${64 * MEBIBYTE}`,
    CARREL_BROWSER_TASKS: '400',
  });
  runDirectory = await makeRunDirectory(server.dataDir, { othersMustEnter: process.getuid?.() === 0 });
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
  neighbour = await client.browsers.open();
  await neighbour.execute({ type: 'goto', url: site.url });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

/** Does something bad to one browser, while its neighbour is used all the time; fails when the neighbour notices anything. */
async function besideNeighbour<T>(work: () => Promise<T>): Promise<T> {
  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  let answers = 0;
  const using = (async () => {
    do {
      expect((await neighbour.observe()).metadata.title).toBe('Greeting');
      await neighbour.execute({ type: 'wait', timeMs: 200 });
      answers++;
    } while (!isDone);
  })();
  const [outcome] = await Promise.all([working, using]);
  expect(answers).toBeGreaterThan(0);
  const types: string[] = [];
  for await (const { type } of neighbour.events()) types.push(type);
  expect(types.filter((type) => /crash|exceeded|failed/.test(type))).toEqual([]);
  return outcome;
}

/** Its log up to the first event that fits. */
async function logUntil(browser: Browser, fits: RegExp) {
  const log = [];
  for await (const event of browser.events({ follow: true })) {
    log.push(event);
    if (fits.test(event.type)) return log;
  }
  throw new Error(`the log ended without ${fits}: ${log.map(({ type }) => type).join()}`);
}

async function closeWithNothingLeft(browser: Browser, tree: readonly number[]): Promise<void> {
  await browser.close();
  await untilGone(tree);
  await expect.poll(() => existsSync(join(runDirectory, browser.id))).toBe(false);
}

/** A browser on the site's page, and all of its processes. */
async function openOnSite(kind: BrowserKind): Promise<{ browser: Browser; tree: number[] }> {
  const browser = await client.browsers.open({ kind });
  await browser.execute({ type: 'goto', url: site.url });
  return { browser, tree: treeOf(profileOf(browser)) };
}

const outcomeOf = (browser: Browser, expression: string, timeoutMs = 60_000) =>
  browser.execute({ type: 'evaluate', expression, timeoutMs }).catch((error: unknown) => error);

/** Ways to start more than a browser can run; each is a statement and ends with a promise that is never kept. */
const BOMBS = [
  [
    'workers that start workers',
    `const source = 'for (let n = 0; n < 4; n++) new Worker(self.location.href); setInterval(() => {}, 1000)';
    new Worker(URL.createObjectURL(new Blob([source])));
    new Promise(() => {})`,
  ],
  [
    'workers faster than Chromium can take note of them',
    `const url = URL.createObjectURL(new Blob([''])); const all = []; for (;;) all.push(new Worker(url))`,
  ],
] as const;

/** What cannot be compressed, anew each time. */
const BLOCK = `const block = new Uint8Array(4 << 20);
  const refresh = () => {
    for (let at = 0; at < block.length; at += 65536) crypto.getRandomValues(block.subarray(at, at + 65536));
    return block;
  };`;
const FILLINGS = [
  [
    'IndexedDB',
    `const database = await new Promise((resolve) => {
      const opening = indexedDB.open('x');
      opening.onupgradeneeded = () => opening.result.createObjectStore('s');
      opening.onsuccess = () => resolve(opening.result);
    });
    for (let n = 0; ; n++) {
      const transaction = database.transaction('s', 'readwrite');
      transaction.objectStore('s').put(refresh(), n);
      await new Promise((resolve, reject) => Object.assign(transaction, { oncomplete: resolve, onabort: reject }));
    }`,
  ],
  [
    'the origin private file system',
    `const root = await navigator.storage.getDirectory();
    for (let n = 0; ; n++) {
      const out = await (await root.getFileHandle('x' + n, { create: true })).createWritable();
      await out.write(refresh());
      await out.close();
    }`,
  ],
  ['Cache Storage', `const cache = await caches.open('x'); for (let n = 0; ; n++) await cache.put('/' + n, new Response(refresh()));`],
] as const;

describe.each(scaled<BrowserKind[]>(['headless-shell'], KINDS))('A %s beside another browser', (kind) => {
  it('should lose a tab that takes memory without end, say so, and go on', async () => {
    const { browser, tree } = await openOnSite(kind);
    const outcome = await besideNeighbour(() => outcomeOf(browser, 'const all = []; for (;;) all.push(new Uint8Array(16 << 20).fill(7))'));
    expect(outcome).toMatchObject({ success: false, failure: 'page_crashed' });
    // A page may be faster than we look: then the kernel has ended it, which is told as soon as it is seen.
    const log = await logUntil(browser, /^browser\.memory_exceeded$/);
    expect(log.at(-1)?.data).toEqual({
      limitBytes: 1024 * MEBIBYTE,
      usedBytes: expect.any(Number),
      endedBytes: log.at(-1)?.data.endedBytes === null ? null : expect.any(Number),
    });
    const tab = await browser.tabs.open(site.url);
    expect((await browser.observe({ tabId: tab.id })).metadata.title).toBe('Greeting');
    await closeWithNothingLeft(browser, tree);
  }, 90_000);

  it.each(BOMBS.slice(0, scaled(1, BOMBS.length)))(
    'should lose a tab that starts %s, or end, and say why',
    async (_, expression) => {
      const { browser, tree } = await openOnSite(kind);
      const outcome = await besideNeighbour(() => outcomeOf(browser, expression));
      const end = (await logUntil(browser, /^(tab\.crashed|browser\.failed)$/)).at(-1);
      if (end?.type === 'browser.failed') {
        expect(end.data).toMatchObject({ reason: { code: expect.stringMatching(/^(memory_exceeded|tasks_exceeded|crashed)$/) } });
        expect(outcome).toMatchObject({ code: expect.stringMatching(/^browser_(not_running|crashed)$/) });
      } else expect(outcome).toMatchObject({ success: false, failure: 'page_crashed' });
      await closeWithNothingLeft(browser, tree);
    },
    120_000,
  );

  // A headless-shell keeps the frames of all sites in one process.
  it.runIf(kind === 'chromium')(
    'should end with the reason when a page has frames of so many sites that it comes near its limit of tasks',
    async () => {
      const { browser, tree } = await openOnSite(kind);
      const expression = `(async () => {
      for (let n = 0; ; n++) {
        const frame = document.createElement('iframe');
        frame.src = 'http://site' + n + '.localhost:' + location.port;
        await new Promise((resolve) => { frame.onload = resolve; document.body.append(frame); });
      }
    })()`;
      const outcome = await besideNeighbour(() => outcomeOf(browser, expression));
      expect(outcome).toMatchObject({ code: 'browser_not_running', message: expect.stringContaining('processes and threads') });
      const end = (await logUntil(browser, /^browser\.failed$/)).at(-1);
      expect(end?.data).toMatchObject({ reason: { code: 'tasks_exceeded', message: expect.stringMatching(/the 400 that it may have/) } });
      await closeWithNothingLeft(browser, tree);
    },
    90_000,
  );

  it('should go on when a page hangs, and fail the calls that wait for it', async () => {
    const { browser, tree } = await openOnSite(kind);
    const outcome = await besideNeighbour(() => outcomeOf(browser, 'for (;;);', 1_000));
    expect(outcome).toMatchObject({ success: false, failure: 'timeout' });
    void outcomeOf(browser, 'for (;;);').catch(() => {}); // the browser is closed under it
    const tab = await browser.tabs.open(site.url);
    expect((await browser.observe({ tabId: tab.id })).metadata.title).toBe('Greeting');
    await closeWithNothingLeft(browser, tree);
  });
});

describe('A browser beside another', () => {
  it.each(FILLINGS.slice(0, scaled(1, FILLINGS.length)))(
    'should end with the reason when a page fills the disk by way of %s',
    async (_, filling) => {
      const { browser, tree } = await openOnSite('headless-shell');
      const outcome = await besideNeighbour(() => outcomeOf(browser, `(async () => { ${BLOCK} ${filling} })()`));
      expect(outcome).toMatchObject({ code: 'browser_not_running', message: expect.stringContaining('may write 64 MiB') });
      const end = (await logUntil(browser, /^browser\.failed$/)).at(-1);
      expect(end?.data).toMatchObject({ reason: { code: 'disk_exceeded' } });
      await closeWithNothingLeft(browser, tree);
    },
    90_000,
  );

  it('should give up on a proxy that takes connections and never answers', async () => {
    let taken = 0;
    const sockets = new Set<Socket>();
    const proxy = createServer((socket) => {
      taken++;
      sockets.add(socket);
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
      socket.resume(); // or its end would not be seen
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    try {
      const browser = await client.browsers.open({ proxies: [{ server: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }] });
      const tree = treeOf(profileOf(browser));
      const goto = (url: string, timeoutMs: number) => browser.execute({ type: 'goto', url, timeoutMs });
      const outcome = await besideNeighbour(() => goto('http://93.184.216.34/', 1_000));
      expect(outcome).toMatchObject({ success: false, failure: 'timeout', message: expect.stringContaining('has not answered') });
      const secure = await goto('https://93.184.216.34/', 25_000);
      expect(secure).toMatchObject({ success: false, failure: 'navigation_failed' });
      expect(taken).toBeGreaterThan(0);
      const { data } = await browser.network();
      expect(data.map(({ failure }) => failure)).toContain('connect_timeout');
      await closeWithNothingLeft(browser, tree);
      await expect.poll(() => sockets.size).toBe(0);
    } finally {
      proxy.close();
    }
  }, 60_000);
});
