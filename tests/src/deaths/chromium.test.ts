import { readlinkSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeRunDirectory } from '@carrel/browser';
import type { BrowserKind } from '@carrel/protocol';
import { type Browser, Carrel } from '@carrel/sdk';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { commandLine, findProcesses } from '../../../packages/browser/src/chromium/process-tree.js';
import { mainProcess, ofType, treeOf, untilGone } from '../../../packages/browser/src/testing/processes.js';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

const KINDS: BrowserKind[] = ['headless-shell', 'chromium'];
const profileOf = ({ id }: Browser) => `/${id}/profile`;
const kill = (pid: number) => process.kill(pid, 'SIGKILL');
const killIfThere = (pid: number) => {
  try {
    kill(pid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

let server: TestServer;
let client: Carrel;
let site: TestSite;
let runDirectory: string;
beforeAll(async () => {
  server = await startTestServer();
  site = await startSite(greetingPage);
  runDirectory = await makeRunDirectory(server.dataDir, { othersMustEnter: process.getuid?.() === 0 });
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

/** The rest of a browser's log, up to its end. */
async function typesUntilEnd(browser: Browser): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of browser.events({ follow: true })) types.push(type);
  return types;
}

/** Somebody who waits over HTTP, and somebody who waits over CDP. */
async function waiters(browser: Browser) {
  const playwright = await chromium.connectOverCDP(browser.cdpUrl);
  const page = playwright.contexts()[0]?.pages()[0];
  const overCdp = page?.evaluate(() => new Promise(() => {}));
  const overHttp = browser.execute({ type: 'wait', timeMs: 300_000, timeoutMs: 300_000 });
  const overHttpToo = browser.execute({ type: 'evaluate', expression: 'new Promise(() => {})', timeoutMs: 300_000 });
  const disconnected = new Promise<void>((resolve) => playwright.once('disconnected', () => resolve()));
  const outcomes = Promise.allSettled([overHttp, overHttpToo, overCdp]);
  // Both calls have arrived when one that was made after them has been answered.
  await browser.tabs.list();
  return { playwright, outcomes, disconnected };
}

describe.each(KINDS)('A %s whose main process is killed', (kind) => {
  it('should answer everybody at once, end as failed with the reason, and leave nothing', async () => {
    const browser = await client.browsers.open({ kind });
    const { outcomes, disconnected } = await waiters(browser);
    const tree = treeOf(profileOf(browser));
    kill(mainProcess(profileOf(browser)));
    const [overHttp, overHttpToo, overCdp] = await outcomes;
    const crashed = { status: 'rejected', reason: { code: 'browser_crashed', message: expect.stringContaining('SIGKILL') } };
    expect(overHttp).toMatchObject(crashed);
    expect(overHttpToo).toMatchObject(crashed);
    expect(overCdp).toMatchObject({ status: 'rejected' });
    await disconnected;
    expect((await typesUntilEnd(browser)).at(-1)).toBe('browser.failed');
    const reason = { code: 'crashed', message: 'Chromium was ended by SIGKILL.' };
    expect(await browser.refresh()).toMatchObject({ status: 'failed', reason, endedAt: expect.any(String) });
    await expect(browser.observe()).rejects.toMatchObject({ code: 'browser_not_running' });
    await expect(chromium.connectOverCDP(`${server.url.replace('http', 'ws')}/v1/browsers/${browser.id}/cdp`)).rejects.toThrow();
    await untilGone(tree);
    await expect.poll(() => readdir(runDirectory)).not.toContain(browser.id);
  });
});

describe('A browser that loses a part', () => {
  it('should live on without a renderer, and say so to whoever was waiting', async () => {
    await using browser = await client.browsers.open();
    const { outcomes, playwright } = await waiters(browser);
    const renderers = ofType(treeOf(profileOf(browser)), 'renderer');
    expect(renderers).not.toEqual([]);
    for (const pid of renderers) kill(pid);
    const [overHttp, overHttpToo, overCdp] = await outcomes;
    for (const outcome of [overHttp, overHttpToo]) {
      expect(outcome).toMatchObject({ status: 'fulfilled', value: { success: false, message: expect.stringMatching(/crash/i) } });
    }
    expect(overCdp).toMatchObject({ status: 'rejected' });
    const types: string[] = [];
    for await (const { type } of browser.events()) types.push(type);
    expect(types).toContain('tab.crashed');
    const tab = await browser.tabs.open('data:text/html,<title>Alive</title>');
    expect((await browser.observe({ tabId: tab.id })).metadata.title).toBe('Alive');
    await playwright.close();
  });

  // The shell has all of its services in its main process.
  it('should go on when the services that have a process of their own are killed', async () => {
    await using browser = await client.browsers.open({ kind: 'chromium' });
    const parts = ofType(treeOf(profileOf(browser)), 'utility');
    expect(parts.length).toBeGreaterThan(0);
    for (const pid of parts) kill(pid);
    await untilGone(parts);
    const result = await browser.execute({ type: 'goto', url: site.url });
    expect(result).toMatchObject({ success: true, title: 'Greeting' });
  });

  it('should not hang when the zygotes, of which renderers are made, are killed', async () => {
    const browser = await client.browsers.open();
    const tree = treeOf(profileOf(browser));
    // One ends with the other, sometimes before it is its turn.
    for (const pid of ofType(tree, 'zygote')) killIfThere(pid);
    const outcome = await browser.tabs.open(site.url).then(
      () => 'opened',
      (error: { code: string }) => error.code,
    );
    // Chromium may live without them for a while, or end: what counts is that there is an answer, and nothing left.
    expect(['opened', 'browser_crashed', 'browser_not_running', 'not_found']).toContain(outcome);
    await browser.close();
    expect((await typesUntilEnd(browser)).at(-1)).toMatch(/^browser\.(closed|failed)$/);
    await untilGone(tree);
  });
});

describe('A browser that is killed while it opens', () => {
  it('should tell whoever opens it, free the place, and leave nothing', async () => {
    const scripts = await mkdtemp(join(tmpdir(), 'carrel-test-'));
    try {
      await chmod(scripts, 0o755);
      const executable = join(scripts, 'slow');
      await writeFile(executable, '#!/bin/sh\n[ "$1" = --version ] && exec echo Chromium 156.0.0.1\nexec sleep 1000\n', { mode: 0o755 });
      await using slow = await startTestServer({
        CARREL_HEADLESS_SHELL_PATH: executable,
        CARREL_MAX_ISOLATION: 'process',
        CARREL_MAX_BROWSERS: '1',
      });
      const run = await makeRunDirectory(slow.dataDir, { othersMustEnter: process.getuid?.() === 0 });
      const opener = new Carrel({ url: slow.url, apiKey: slow.apiKey });
      for (let round = 0; round < 2; round++) {
        const opening = opener.browsers.open({}, { maxRetries: 0 }).catch((error: unknown) => error);
        const pid = await vi.waitFor(() => sleeper(run), { timeout: 10_000 });
        kill(pid);
        expect(await opening).toMatchObject({ code: 'launch_failed', status: 503, message: expect.stringContaining('SIGKILL') });
      }
      const ended = await opener.browsers.list().all();
      expect(await readdir(run)).toEqual([]);
      expect(ended.map(({ status, reason }) => [status, reason?.code])).toEqual(Array(2).fill(['failed', 'launch_failed']));
    } finally {
      await rm(scripts, { recursive: true, force: true });
    }
  });
});

/** The program that runs in Chromium's place: it works in the browser's directory. */
function sleeper(run: string): number {
  const [pid] = findProcesses(
    ({ pid }) => readlinkSync(`/proc/${pid}/cwd`).startsWith(`${run}/br_`) && commandLine(pid).startsWith('sleep'),
  );
  if (pid === undefined) throw new Error('it does not run yet');
  return pid;
}
