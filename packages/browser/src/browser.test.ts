import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BrowserKind, BrowserStatus } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProcesses } from './chromium/index.js';
import type { ProfileSnapshot } from './profile/index.js';
import { type TestIsolation, testSandbox } from './testing/launch.js';
import { connect, expectNothingLeft, open, typesOf } from './testing/open-browser.js';
import { mainProcess, treeOf } from './testing/processes.js';

const KINDS: BrowserKind[] = ['headless-shell', 'chromium'];
const NO_TABS = { keepTabs: false, keepSessionStorage: false, maxBytes: 2 ** 30 };

let isolation: TestIsolation;
let site: Server;
let siteUrl: string;
beforeAll(async () => {
  isolation = await testSandbox();
  site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<title>A page</title>'));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
});
afterAll(async () => {
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
  await isolation[Symbol.asyncDispose]();
});

describe.each(KINDS)('A browser of kind %s', (kind) => {
  it('should open, be used, and close without a trace', async () => {
    await using opened = open(isolation, { kind });
    const { browser, started, events } = opened;
    expect(browser.status).toBe('starting');
    await started;
    expect(browser.status).toBe('running');
    expect(browser.version).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(await browser.use(async (pages) => pages.tabs().length)).toBe(1);
    const tree = treeOf(opened.isolated().directories.profile);
    await browser.close();
    expect(browser.status).toBe<BrowserStatus>('closing');
    await browser.ended;
    expect(browser).toMatchObject({ status: 'closed', reason: { code: 'closed_by_client' }, endedAt: expect.any(Date) });
    expect(typesOf(events)).toEqual(['browser.starting', 'browser.running', 'browser.closing', 'browser.closed']);
    await expectNothingLeft(opened.isolated(), tree);
  });

  it('should let a client send the first page somewhere at once', async () => {
    for (let time = 0; time < 8; time++) {
      await using opened = open(isolation, { kind });
      await opened.started;
      const client = await connect(opened.browser);
      const page = await client.attachToPage();
      const gone = await client.call('Page.navigate', { url: siteUrl }, page);
      const seen = await client.call('Runtime.evaluate', { expression: '1 + 1' }, page);
      expect([gone.error, seen.error, opened.browser.status]).toEqual([undefined, undefined, 'running']);
    }
  });

  it('should end as failed when Chromium is killed, with everybody told, and not come back', async () => {
    await using opened = open(isolation, { kind });
    const { browser, started, events } = opened;
    await started;
    const client = await connect(browser);
    const pending = client.call(
      'Runtime.evaluate',
      { expression: 'new Promise(() => {})', awaitPromise: true },
      await client.attachToPage(),
    );
    const used = browser.use((pages) => pages.execute({ type: 'wait', timeMs: 300_000 }));
    const refused = expect(used).rejects.toMatchObject({ code: 'browser_crashed' });
    const tree = treeOf(opened.isolated().directories.profile);
    process.kill(mainProcess(opened.isolated().directories.profile), 'SIGKILL');
    await refused;
    expect((await pending).error?.message).toMatch(/closed/i);
    expect(await client.untilEnded()).toBe('browser_gone');
    await browser.ended;
    const reason = { code: 'crashed', message: 'Chromium was ended by SIGKILL.' };
    expect(browser).toMatchObject({ status: 'failed', reason });
    expect(events.at(-1)).toMatchObject({ type: 'browser.failed', data: { reason } });
    await expect(browser.attachClient(client)).rejects.toMatchObject({ code: 'browser_not_running', details: { status: 'failed' } });
    await expect(browser.use(async () => {})).rejects.toMatchObject({ code: 'browser_not_running' });
    await browser.close(); // changes nothing
    expect(browser).toMatchObject({ status: 'failed', reason });
    expect(opened.launches()).toBe(1);
    await expectNothingLeft(opened.isolated(), tree);
  });
});

describe('Browser.close', () => {
  it('should end it once, however often and by whomever it is called', async () => {
    await using opened = open(isolation);
    const { browser, started, events } = opened;
    await started;
    await Promise.all([browser.close(), browser.close({ code: 'idle_timeout', message: 'too late' }), browser.close()]);
    await browser.ended;
    await browser.close();
    expect(browser).toMatchObject({ status: 'closed', reason: { code: 'closed_by_client' } });
    expect(typesOf(events).slice(2)).toEqual(['browser.closing', 'browser.closed']);
  });

  it('should end its clients and what they wait for', async () => {
    await using opened = open(isolation);
    const { browser, started } = opened;
    await started;
    const client = await connect(browser);
    const used = browser.use((pages) => pages.execute({ type: 'wait', timeMs: 300_000 }));
    const refused = expect(used).rejects.toMatchObject({ code: expect.stringMatching(/^browser_/) });
    await browser.close();
    await refused;
    expect(await client.untilEnded()).toBe('browser_gone');
  });

  it.each(KINDS)('should have a %s that keeps something write it out first', async (kind) => {
    const saved: string[] = [];
    const save = async (take: () => Promise<ProfileSnapshot>) => {
      const { state, directory } = await take();
      expect(findProcesses(({ uid }) => uid === opened.isolated().uid && uid !== process.getuid?.())).toEqual([]);
      saved.push(JSON.stringify(state.cookies));
      for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) saved.push(await readFile(join(entry.parentPath, entry.name), 'latin1'));
      }
    };
    await using opened = open(isolation, { kind, profile: { ...NO_TABS, save } });
    await opened.started;
    await opened.browser.use(async (pages) => {
      await pages.execute({ type: 'goto', url: siteUrl, waitUntil: 'load' });
      const expression = `document.cookie = 'cookie_canary=1; max-age=9999'; localStorage.setItem('storage_canary', 1)`;
      expect(await pages.execute({ type: 'evaluate', expression })).toMatchObject({ success: true });
    });
    await opened.browser.close();
    expect(saved.some((content) => content.includes('cookie_canary'))).toBe(true);
    expect(saved.some((content) => content.includes('storage_canary'))).toBe(true);
    expect(opened.browser.status).toBe('closed');
    await expectNothingLeft(opened.isolated());
  });

  it('should tell that saving failed, and leave nothing behind all the same', async () => {
    const save = () => Promise.reject(new Error('the disk is full'));
    const opened = open(isolation, { profile: { ...NO_TABS, save } });
    await opened.started;
    await expect(opened.browser.close()).rejects.toThrow('the disk is full');
    await expect(opened.browser.ended).rejects.toThrow('the disk is full');
    expect(opened.browser.status).toBe('closed');
    await expectNothingLeft(opened.isolated());
  });

  it('should not save what a crash has left', async () => {
    const saved: ProfileSnapshot[] = [];
    await using opened = open(isolation, { profile: { ...NO_TABS, save: async (take) => void saved.push(await take()) } });
    await opened.started;
    await opened.isolated().kill();
    await opened.browser.ended;
    expect(opened.browser.status).toBe('failed');
    expect(saved).toEqual([]);
  });
});

describe('The time limits of a browser', () => {
  it('should end one whose clients are silent, whatever its page says', async () => {
    await using opened = open(isolation, { idleTimeoutMs: 1_000 });
    const { browser, started } = opened;
    await started;
    const client = await connect(browser);
    const session = await client.attachToPage();
    await client.call('Runtime.enable', {}, session);
    await client.call('Runtime.evaluate', { expression: 'setInterval(() => console.log("noise"), 50)' }, session);
    await browser.ended;
    expect(client.received.filter(({ method }) => method === 'Runtime.consoleAPICalled').length).toBeGreaterThan(1);
    expect(browser).toMatchObject({ status: 'timed_out', reason: { code: 'idle_timeout', message: 'No client sent anything for 1 s.' } });
    expect(await client.untilEnded()).toBe('browser_gone');
    expect(typesOf(opened.events).slice(2)).toEqual(['browser.closing', 'browser.timed_out']);
    await expectNothingLeft(opened.isolated());
  });

  // Timers run in the order in which they are due: whatever the machine does, each sign of life comes before the end that it puts off.
  it('should not end one whose client sends something, calls something, or waits for something', async () => {
    await using opened = open(isolation, { idleTimeoutMs: 600 });
    const { browser, started } = opened;
    await started;
    const client = await connect(browser);
    for (let sign = 0; sign < 8; sign++) {
      await delay(100);
      client.raw('{"id":1,"method":"Browser.getVersion"}');
    }
    expect(browser.status).toBe('running');
    expect(await browser.use((pages) => pages.execute({ type: 'wait', timeMs: 900 }))).toMatchObject({ success: true });
    for (let sign = 0; sign < 8; sign++) {
      browser.touch();
      await delay(100);
    }
    expect(browser.status).toBe('running');
    await browser.ended;
    expect(browser.reason?.code).toBe('idle_timeout');
  });

  it('should end one at its maximum in the midst of work, and later when that was extended', async () => {
    await using opened = open(isolation, { maxDurationMs: 60_000 });
    const { browser, started } = opened;
    await started;
    browser.changeLimits({ maxDurationMs: 120_000 });
    expect(browser.limits.expiresAt.getTime() - browser.createdAt.getTime()).toBeGreaterThanOrEqual(120_000);
    const used = browser.use((pages) => pages.execute({ type: 'wait', timeMs: 300_000 }));
    const refused = expect(used).rejects.toMatchObject({ code: expect.stringMatching(/^browser_/) });
    browser.changeLimits({ maxDurationMs: Date.now() - browser.createdAt.getTime() + 200 });
    await refused;
    await browser.ended;
    expect(browser).toMatchObject({ status: 'timed_out', reason: { code: 'max_duration' } });
    expect(() => browser.changeLimits({ maxDurationMs: 1 })).toThrow(expect.objectContaining({ code: 'browser_not_running' }));
  });

  it('should end one that does not come to start', async () => {
    await using opened = open(isolation, { maxDurationMs: 1 });
    await expect(opened.started).rejects.toMatchObject({ code: 'browser_not_running' });
    await opened.browser.ended;
    expect(opened.browser).toMatchObject({ status: 'timed_out', reason: { code: 'max_duration' } });
  });
});
