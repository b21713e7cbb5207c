/// <reference lib="dom" />
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Browser, Carrel } from '@carrel/sdk';
import { chromium } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { mainProcess, treeOf, untilGone } from '../../../packages/browser/src/testing/processes.js';
import { startTestServer } from '../running/server-and-site.js';
import { dataDirectory, type ServerProcess, startServerProcess } from '../running/server-process.js';

const clientOf = ({ url, apiKey }: Pick<ServerProcess, 'url' | 'apiKey'>) => new Carrel({ url, apiKey });
const postgresOf = async (dataDir: string) => Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10);
/** Only reading is tried again by the SDK. */
const ONCE = { maxRetries: 0 };
const SLOW_MS = 60_000;

/** A server with two browsers, a call that waits over HTTP, one over CDP, and one browser that is just being opened. */
async function busyServer(dataDir: string) {
  const server = await startServerProcess(dataDir);
  const client = clientOf(server);
  const [first, second] = await Promise.all([client.browsers.open({ kind: 'chromium' }), client.browsers.open()]);
  const playwright = await chromium.connectOverCDP(first.cdpUrl);
  const disconnected = new Promise<void>((resolve) => playwright.once('disconnected', () => resolve()));
  const page = playwright.contexts()[0]?.pages()[0];
  const calls = [
    second.execute({ type: 'wait', timeMs: 300_000, timeoutMs: 300_000 }, ONCE),
    page?.evaluate(() => new Promise(() => {})),
    client.browsers.open({}, ONCE),
  ];
  const outcomes = Promise.allSettled(calls);
  await second.tabs.list(); // answered after the others have arrived
  const pids = [...treeOf(`/${first.id}/profile`), ...treeOf(`/${second.id}/profile`), await postgresOf(dataDir)];
  return { server, first, second, outcomes, disconnected, pids };
}

describe('A server that is killed in the midst of work', () => {
  it(
    'should take its browsers along, leave the rest to the next start, and touch nobody else',
    async () => {
      await using data = await dataDirectory();
      await using bystander = await startTestServer();
      const other = await clientOf(bystander).browsers.open();
      const otherMain = mainProcess(`/${other.id}/profile`);

      const { server, first, second, outcomes, disconnected, pids } = await busyServer(data.path);
      expect(await server.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      // The third may have been opened before.
      expect((await outcomes).slice(0, 2).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await disconnected;
      await untilGone(pids);

      // What a process cannot take along: its directories.
      expect(await readdir(data.runDirectory)).toEqual(expect.arrayContaining([first.id, second.id]));
      await using next = await startServerProcess(data.path);
      expect(await readdir(data.runDirectory)).toEqual([]);
      const client = clientOf(next);
      const records = await client.browsers.list().all();
      expect(records.map(({ id }) => id)).toEqual(expect.arrayContaining([first.id, second.id]));
      for (const { status, reason, endedAt } of records) {
        expect({ status, code: reason?.code }).toEqual({ status: 'failed', code: 'server_died' });
        expect(endedAt).not.toBeNull();
      }
      const types: string[] = [];
      for await (const { type } of (await client.browsers.get(first.id)).events({ follow: true })) types.push(type);
      expect(types.at(-1)).toBe('browser.failed');
      await using again = await client.browsers.open();
      expect((await again.observe()).metadata.url).toBe('about:blank');

      expect(mainProcess(`/${other.id}/profile`)).toBe(otherMain);
      expect((await other.observe()).metadata.url).toBe('about:blank');
      await other.close();
    },
    SLOW_MS,
  );
});

describe('A server that is told to stop', () => {
  it(
    'should close its browsers in good order, tell everybody, and leave nothing',
    async () => {
      await using data = await dataDirectory();
      const { server, first, second, outcomes, disconnected, pids } = await busyServer(data.path);
      expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
      const [overHttp, overCdp] = await outcomes;
      expect(overHttp).toMatchObject({
        status: 'rejected',
        reason: { code: 'browser_not_running', message: expect.stringContaining('shut down') },
      });
      expect(overCdp).toMatchObject({ status: 'rejected' });
      await disconnected;
      await untilGone(pids);
      expect(existsSync(data.runDirectory)).toBe(false);
      expect(existsSync(join(data.path, 'postgres', 'postmaster.pid'))).toBe(false);

      await using next = await startServerProcess(data.path);
      const records = await clientOf(next).browsers.list().all();
      const ended = records.filter(({ id }) => [first.id, second.id].includes(id));
      expect(ended.map(({ status, reason }) => [status, reason?.code])).toEqual(Array(2).fill(['closed', 'server_shutdown']));
      for (const { status } of records) expect(['closed', 'failed']).toContain(status);
    },
    SLOW_MS,
  );
});

describe('A database that is killed in the midst of work', () => {
  it(
    'should disturb no browser, be told about at once, and miss nothing of what happened meanwhile',
    async () => {
      await using server = await startTestServer();
      const client = clientOf(server);
      const browser = await client.browsers.open({ metadata: { name: 'before' } });
      const playwright = await chromium.connectOverCDP(browser.cdpUrl);
      const page = playwright.contexts()[0]?.pages()[0];
      const pid = await postgresOf(server.dataDir);
      const expression = `new Promise((resolve) => { document.title = 'at work'; window.finish = resolve; })`;
      const working = browser.execute({ type: 'evaluate', expression, timeoutMs: 60_000 }, ONCE);
      await page?.waitForFunction(() => document.title === 'at work');
      const opening = client.browsers.open({ metadata: { name: 'during' } }, ONCE).catch((error: unknown) => error);
      process.kill(pid, 'SIGKILL');
      // An API key may have been revoked where nobody hears of it: calls are refused until the database is back, and say so.
      const outcome = await opening;
      if (!(outcome instanceof Browser)) expect(outcome).toMatchObject({ code: 'store_unavailable', retryAfterMs: expect.any(Number) });
      // What was under way goes on, and so does whoever is connected.
      expect(await page?.evaluate(() => 6 * 7)).toBe(42);
      await page?.evaluate('finish(42)');
      expect(await working).toMatchObject({ success: true, value: 42 });
      await page?.goto('data:text/html,<title>Meanwhile</title>');

      await expect.poll(() => client.ready().then(({ ready }) => ready), { timeout: 30_000 }).toBe(true);
      expect(await postgresOf(server.dataDir)).not.toBe(pid);
      expect((await browser.observe()).metadata.title).toBe('Meanwhile');
      await playwright.close();
      await browser.close();
      const events: { id: number; type: string }[] = [];
      for await (const event of browser.events({ follow: true })) events.push(event);
      expect(events.map(({ id }) => id)).toEqual(events.map((_, index) => index + 1));
      expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['browser.running', 'action.executed', 'tab.navigated']));
      expect(events.at(-1)?.type).toBe('browser.closed');
      if (outcome instanceof Browser) await outcome.close();
      const names = (await client.browsers.list().all()).map(({ metadata }) => metadata.name);
      expect(names).toContain('before');
      expect(names.includes('during')).toBe(outcome instanceof Browser);
    },
    SLOW_MS,
  );
});

describe('The time limits over the API', () => {
  it.each([
    ['idleTimeoutSeconds', 'idle_timeout'],
    ['maxDurationSeconds', 'max_duration'],
  ] as const)('should end a browser whose %s is over as timed_out', async (field, code) => {
    await using server = await startTestServer();
    const browser = await clientOf(server).browsers.open({ [field]: 1 }, { keepAlive: false });
    const waiting =
      field === 'maxDurationSeconds' ? browser.execute({ type: 'wait', timeMs: 60_000 }, ONCE) : Promise.reject(new Error('none'));
    const outcome = waiting.catch((error: { code?: string }) => error.code);
    const types: string[] = [];
    for await (const { type } of browser.events({ follow: true })) types.push(type);
    expect(types.filter((type) => type.startsWith('browser.')).slice(-2)).toEqual(['browser.closing', 'browser.timed_out']);
    expect(await browser.refresh()).toMatchObject({ status: 'timed_out', reason: { code } });
    expect(await outcome).toBe(field === 'maxDurationSeconds' ? 'browser_not_running' : undefined);
  });
});
