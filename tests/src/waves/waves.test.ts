import { readdir } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { makeRunDirectory } from '@carrel/browser';
import { Carrel, type Browser as OpenBrowser } from '@carrel/sdk';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProcesses } from '../../../packages/browser/src/chromium/process-tree.js';
import { mainProcess, statusField } from '../../../packages/browser/src/testing/processes.js';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

/** Browsers in all, and at once. */
const COUNT = scaled(6, 50);
const AT_ONCE = scaled(3, 10);
const WAVES = Math.ceil(COUNT / AT_ONCE);
const MEBIBYTE = 1024 * 1024;

let server: TestServer;
let client: Carrel;
let runDirectory: string;
const warnings: string[] = [];
const onWarning = ({ message }: Error) => warnings.push(message);
beforeAll(async () => {
  process.on('warning', onWarning);
  server = await startTestServer({ CARREL_MAX_BROWSERS: String(AT_ONCE + 2) });
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
  runDirectory = await makeRunDirectory(server.dataDir, { othersMustEnter: process.getuid?.() === 0 });
});
afterAll(async () => {
  process.off('warning', onWarning);
  await server?.[Symbol.asyncDispose]();
});

/** All that could pile up in the process of the server, which is this one, and beside it, by name. */
type Remains = Readonly<Record<string, number>>;

/** What keeps connections ready (the client's, the store's) has some more of these now and then, and gives them back in its own time. */
const POOLED = ['file descriptors', 'PipeWrap', 'TCPSocketWrap', 'Timeout'];

const descendants = (): number => {
  const tree = new Set([process.pid]);
  for (let before = 0; before !== tree.size; ) {
    before = tree.size;
    for (const pid of findProcesses(({ pid }) => tree.has(Number(statusField(pid, 'PPid'))))) tree.add(pid);
  }
  // Postgres has as many as it has connections; what has ended meanwhile does not count.
  return findProcesses(({ pid }) => tree.has(pid) && statusField(pid, 'Name') !== 'postgres').length;
};

async function remains(): Promise<Remains> {
  const counts: Record<string, number> = {
    processes: descendants(),
    directories: (await readdir(runDirectory)).length,
    'file descriptors': (await readdir('/proc/self/fd')).length,
    'listeners of the process': process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    'open browsers': (await client.browsers.list().all()).filter(({ endedAt }) => endedAt === null).length,
  };
  // What keeps the process going: timers, sockets, pipes, watchers.
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** What there is more of than before; of what is pooled, more than a few. */
function surplus(before: Remains, now: Remains, pooled: number): Remains {
  const more = Object.entries(now).filter(([name, count]) => count > (before[name] ?? 0) + (POOLED.includes(name) ? pooled : 0));
  return Object.fromEntries(more);
}

const untilEnd = async (browser: OpenBrowser) => {
  for await (const event of browser.events({ follow: true }))
    if (/^browser\.(closed|failed|timed_out)$/.test(event.type)) return event.type;
  throw new Error('the log ended without an end');
};

/** Ways in which the life of a browser can go, well and badly. */
const LIVES: Record<string, () => Promise<unknown>> = {
  'used over HTTP and closed': async () => {
    await using browser = await client.browsers.open();
    await browser.execute({ type: 'goto', url: 'data:text/html,<title>Wave</title><button>Press</button>' });
    await browser.execute({ type: 'click', selector: 'button' });
    await browser.observe();
  },
  'driven over CDP by two clients that hang up': async () => {
    await using browser = await client.browsers.open();
    const clients = await Promise.all([chromium.connectOverCDP(browser.cdpUrl), chromium.connectOverCDP(browser.cdpUrl)]);
    await Promise.all(clients.map((one) => one.contexts()[0]?.newPage()));
    await Promise.all(clients.map((one) => one.close()));
  },
  'closed under a client and a call that wait': async () => {
    const browser = await client.browsers.open();
    const playwright = await chromium.connectOverCDP(browser.cdpUrl);
    const page = playwright.contexts()[0]?.pages()[0];
    const waiting = Promise.allSettled([
      browser.execute({ type: 'wait', timeMs: 60_000, timeoutMs: 60_000 }),
      page?.evaluate(() => new Promise(() => {})),
    ]);
    await browser.tabs.list();
    await browser.close();
    await waiting;
  },
  'killed from outside': async () => {
    const browser = await client.browsers.open();
    process.kill(mainProcess(`/${browser.id}/profile`), 'SIGKILL');
    expect(await untilEnd(browser)).toBe('browser.failed');
    browser.release();
  },
  'left to its idle timeout': async () => {
    const browser = await client.browsers.open({ idleTimeoutSeconds: 1 }, { keepAlive: false });
    expect(await untilEnd(browser)).toBe('browser.timed_out');
  },
  'opened by somebody who hangs up': async () => {
    const body = JSON.stringify({ metadata: { by: 'nobody' } });
    await new Promise<void>((resolve) => {
      const headers = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json', 'content-length': body.length };
      const opening = request(`${server.url}/v1/browsers`, { method: 'POST', headers, agent: new Agent({ keepAlive: false }) });
      opening.on('error', () => {}); // that is the hang-up itself
      opening.on('close', () => resolve());
      opening.end(body, () => opening.destroy());
    });
  },
  'refused for what was asked': async () => {
    // @ts-expect-error what no server knows
    await expect(client.browsers.open({ nonsense: true })).rejects.toMatchObject({ code: 'unknown_field' });
    await expect(client.browsers.open({ idleTimeoutSeconds: 10 ** 9 })).rejects.toMatchObject({ code: 'limit_exceeded' });
    const url = `${server.url.replace('http', 'ws')}/v1/browsers/br_00000000000000000000000000/cdp?token=none`;
    await expect(chromium.connectOverCDP(url)).rejects.toThrow(/401|404/);
  },
};
const KINDS_OF_LIFE = Object.values(LIVES);

async function wave(number: number): Promise<void> {
  const lives = Array.from({ length: AT_ONCE }, (_, at) => KINDS_OF_LIFE[(number * AT_ONCE + at) % KINDS_OF_LIFE.length]);
  await Promise.all(lives.map((live) => live?.()));
}

/** Resolves when all is as it was; what is still going away needs a moment, and nobody to wait for it. */
const settled = (before: Remains, pooled: number) =>
  expect.poll(async () => surplus(before, await remains(), pooled), { timeout: 20_000, interval: 100 }).toEqual({});

describe(`${COUNT} browsers in waves of ${AT_ONCE}`, () => {
  it.each(Object.keys(LIVES))('should leave nothing of one that is %s', async (what) => {
    await LIVES[what]?.(); // the first of a kind may load and connect what then stays
    const before = await quiet();
    for (let round = 0; round < 3; round++) await LIVES[what]?.();
    await settled(before, 2);
  });

  it(
    'should come back to where they began, wave after wave',
    async () => {
      await wave(0);
      await wave(1);
      const before = await quiet();
      const rssBytes: number[] = [];
      for (let number = 0; number < WAVES; number++) {
        await wave(number);
        await settled(before, AT_ONCE);
        globalThis.gc?.();
        rssBytes.push(process.memoryUsage().rss);
      }
      // What a heap grows by while it warms up is bounded; a leak of one browser's share grows with each.
      if (scaled(false, true))
        console.log(`RSS in MiB after each wave: ${rssBytes.map((bytes) => Math.round(bytes / MEBIBYTE)).join(', ')}`);
      const growthBytes = (rssBytes.at(-1) ?? 0) - (rssBytes[Math.floor(rssBytes.length / 2)] ?? 0);
      expect(growthBytes).toBeLessThan(64 * MEBIBYTE);
      // Node warns of an emitter that collects listeners.
      expect(warnings).toEqual([]);
    },
    scaled(120_000, 900_000),
  );
});

/** What is there when nothing changes any more: the same twice in a row. */
async function quiet(): Promise<Remains> {
  let before = await remains();
  await expect
    .poll(
      async () => {
        const [last, now] = [before, await remains()];
        before = now;
        return now['open browsers'] === 0 && JSON.stringify(last) === JSON.stringify(now);
      },
      { timeout: 20_000, interval: 300 },
    )
    .toBe(true);
  return before;
}
