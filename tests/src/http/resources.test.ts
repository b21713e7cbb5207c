import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const MEBIBYTE = 2 ** 20;
const BUSY_MS = 400;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

it('should say what a browser uses of the machine, as it goes on, until it ends', async () => {
  const browser = await new Carrel(server).browsers.open({}, { keepAlive: false });
  const measurements = browser.followResources();
  const { value: first } = await measurements.next();
  if (first === undefined) throw new Error('nothing was measured');
  expect(first.memoryBytes).toBeGreaterThan(20 * MEBIBYTE);
  expect(first.memoryLimitBytes).toBeGreaterThan(first.memoryBytes);
  expect(first.processes).toBeGreaterThan(2);
  expect(first.threads).toBeGreaterThan(first.processes);
  const expression = `{ const held = globalThis.held = new Uint8Array(${64 * MEBIBYTE}).fill(1);
    for (const end = Date.now() + ${BUSY_MS}; Date.now() < end;); }`;
  await browser.execute({ type: 'evaluate', expression });
  const now = await browser.resources();
  expect(now.memoryBytes - first.memoryBytes).toBeGreaterThan(60 * MEBIBYTE);
  // On a busy machine it gets only a part of that time.
  expect(now.cpuSeconds - first.cpuSeconds).toBeGreaterThan(0.05);
  const { value: next } = await measurements.next();
  expect(Date.parse(next?.measuredAt ?? '')).toBeGreaterThan(Date.parse(first.measuredAt));
  await browser.close();
  // Those that were on their way, and then no more.
  while (!(await measurements.next()).done);
  await expect(browser.resources()).rejects.toMatchObject({ code: 'browser_not_running' });
}, 30_000);

it('should not take that for use of the browser: one that nobody uses falls asleep, and is measured asleep', async () => {
  await using napping = await startTestServer({ CARREL_STANDBY_AFTER_SECONDS: '1' });
  const client = new Carrel(napping);
  await using browser = await client.browsers.open({}, { keepAlive: false });
  for await (const { memoryBytes } of browser.followResources()) {
    expect(memoryBytes).toBeGreaterThan(0);
    if ((await client.browsers.list({ limit: 1 }).page()).data[0]?.standby === 'asleep') break;
  }
}, 30_000);
