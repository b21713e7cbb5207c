import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chooseIsolation, type Isolation, makeRunDirectory } from '@carrel/browser';
import { newId } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Errand, runErrand } from './errand-browser.js';

const MEBIBYTE = 1024 * 1024;
const LIMITS = { memoryBytes: 2048 * MEBIBYTE, tasks: 1000, cpuPercent: 200, diskBytes: 1024 * MEBIBYTE };

let dataDir: string;
let runDirectory: string;
let isolation: Isolation;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'carrel-errand-'));
  runDirectory = await makeRunDirectory(dataDir, { othersMustEnter: process.getuid?.() === 0 });
  isolation = await chooseIsolation({ runDirectory, executablePaths: {}, allowNoSandbox: false, limits: LIMITS });
});
afterAll(async () => {
  await isolation.sweep();
  await rm(runDirectory, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
});

/** Runs one, and says how it went and how often its state was kept. */
async function send(run: (browser: Browser) => Promise<unknown>, options: Partial<Errand<unknown>> = {}) {
  let saved = 0;
  const save = async () => {
    saved++;
  };
  const about = { browserId: newId('browser'), isolation, restore: null, maxBytes: 64 * MEBIBYTE, signal: new AbortController().signal };
  const outcome = await runErrand({ ...about, run, save, ...options }).catch((error: unknown) => error);
  return { outcome, saved };
}

describe('a browser of the server’s own', () => {
  it('should keep what it has once, after it has run well', async () => {
    expect(await send(async () => 'done')).toEqual({ outcome: 'done', saved: 1 });
  });

  it('should keep nothing when what it was opened for fails, and say why', async () => {
    const error = new Error('no');
    expect(await send(() => Promise.reject(error))).toEqual({ outcome: error, saved: 0 });
  });

  it('should keep nothing when it is called off, at whatever time', async () => {
    const reason = new Error('called off');
    const { outcome, saved } = await send(() => Promise.reject(new Error('it was run')), { signal: AbortSignal.abort(reason) });
    expect([outcome, saved]).toEqual([reason, 0]);
    const controller = new AbortController();
    const running = send(
      () => {
        controller.abort(reason);
        return new Promise(() => {});
      },
      { signal: controller.signal },
    );
    expect(await running).toEqual({ outcome: reason, saved: 0 });
  });

  it('should say that its state could not be kept', async () => {
    const error = new Error('the disk is full');
    const { outcome } = await send(async () => 'done', { save: () => Promise.reject(error) });
    expect(outcome).toBe(error);
  });

  it('should reach nothing, whatever is done in it', async () => {
    let hits = 0;
    const server = createServer((_, response) => {
      hits++;
      response.end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const { outcome } = await send(async (browser) => {
      await browser.use((pages) => pages.openTab(`http://127.0.0.1:${port}/`));
      return browser.network.entries({ after: 0, limit: 10 }).map(({ failure }) => failure);
    });
    // Not even asked for its address.
    expect(outcome).toEqual(['host_not_allowed']);
    expect(hits).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });
});
