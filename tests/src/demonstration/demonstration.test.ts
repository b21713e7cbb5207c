import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { converse, DemonstrationFailed, demonstrate, type Stage, VISITOR, visit } from '@carrel/examples/demonstration';
import { type Shop, startShop } from '@carrel/examples/shop';
import { Carrel } from '@carrel/sdk';
import { startServer } from '@carrel/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const API_KEY = 'ck_demonstration_test_key';
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47]);

let directory: string;
let server: Awaited<ReturnType<typeof startServer>>;
let shop: Shop;
let allowance: Disposable;
let client: Carrel;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'demo-'));
  const env = { ...process.env, CARREL_DATA_DIR: directory, CARREL_PORT: '0', CARREL_API_KEY: API_KEY, CARREL_LOG_LEVEL: 'error' };
  server = await startServer({ env });
  shop = await startShop();
  allowance = server.allowEgress(new URL(shop.url).host);
  client = new Carrel({ url: server.url, apiKey: API_KEY });
}, 60_000);

afterAll(async () => {
  allowance?.[Symbol.dispose]();
  await shop?.close();
  await server?.close();
  await rm(directory, { recursive: true, force: true });
}, 60_000);

/** A stage that remembers what was said on it. */
class Script implements Stage {
  readonly said: string[] = [];

  heading(text: string): void {
    this.said.push(text);
  }

  note(label: string, detail = ''): void {
    this.said.push(`${label} ${detail}`);
  }

  answer(text: string): void {
    this.said.push(text);
  }

  table(rows: readonly (readonly string[])[]): void {
    for (const row of rows) this.said.push(row.join(' | '));
  }

  async step<T>(label: string, work: (tell: (detail: string) => void) => Promise<T>): Promise<T> {
    let detail = '';
    const result = await work((text) => {
      detail = text;
    });
    this.said.push(`${label} ${detail}`);
    return result;
  }
}

const openBrowsers = async () => (await client.browsers.list({ status: 'running' }).all()).map(({ id }) => id);

describe('demonstrate', () => {
  it('should sign in to one browser, show that the other knows nothing of it, and close both', async () => {
    const stage = new Script();
    const { openBrowserId, screenshotPath } = await demonstrate({
      client,
      shopUrl: shop.url,
      stage,
      artifactsDirectory: join(directory, 'artifacts'),
      keepOpen: false,
    });
    expect(stage.said).toContain('A | 1 | {"genji":1} | €27.20 | Hello, Ada');
    expect(stage.said.find((line) => line.startsWith('B | 0 |'))).toMatch(/:3\} \| €34\.00 \| nobody$/);
    expect(stage.said).toContain('goto /members “Welcome back, Ada”: still signed in');
    expect((await readFile(screenshotPath)).subarray(0, 4)).toEqual(PNG_SIGNATURE);
    expect(openBrowserId).toBeUndefined();
    expect(await openBrowsers()).toEqual([]);
    expect(await client.profiles.list().all()).toEqual([]);
  });

  it('should leave the signed-in browser open when asked', async () => {
    const artifactsDirectory = join(directory, 'artifacts');
    const { openBrowserId = '' } = await demonstrate({
      client,
      shopUrl: shop.url,
      stage: new Script(),
      artifactsDirectory,
      keepOpen: true,
    });
    expect(await openBrowsers()).toEqual([openBrowserId]);
    await client.browsers.close(openBrowserId);
  });

  it('should fail, and close both, when the shop is not what it should be', async () => {
    const artifactsDirectory = join(directory, 'artifacts');
    const shopUrl = `${shop.url}/books`;
    await expect(demonstrate({ client, shopUrl, stage: new Script(), artifactsDirectory, keepOpen: true })).rejects.toThrow(
      DemonstrationFailed,
    );
    expect(await openBrowsers()).toEqual([]);
  });
});

/** Three browsers one after the other, on a machine that is busy with other tests. */
const THREE_TURNS_MS = 90_000;

describe('converse', { timeout: THREE_TURNS_MS }, () => {
  it('should have three turns answered from the page and from the turn before', async () => {
    const stage = new Script();
    const sessionId = await converse({ client, shopUrl: shop.url, stage, isKept: true });
    const { endUserId, tasks } = await client.sessions.get(sessionId ?? '');
    expect(endUserId).toBe(VISITOR);
    expect(tasks.map(({ status, model }) => [status, model])).toEqual(Array.from({ length: 3 }, () => ['completed', 'builtin']));
    expect(new Set(tasks.map(({ browserId }) => browserId)).size).toBe(3);
    for (const { result } of tasks) expect(stage.said).toContain(result);
    expect(await openBrowsers()).toEqual([]);
  });

  it('should leave nothing when it is not to be kept', async () => {
    const before = await client.sessions.list({ endUserId: VISITOR }).all();
    expect(await converse({ client, shopUrl: shop.url, stage: new Script(), isKept: false })).toBeUndefined();
    expect(await client.sessions.list({ endUserId: VISITOR }).all()).toEqual(before);
  });

  it('should fail when an answer is not right', async () => {
    const before = await client.sessions.list().all();
    const shopUrl = 'data:text/html,<title>Closed</title><h1>The shop is closed</h1>';
    await expect(converse({ client, shopUrl, stage: new Script(), isKept: false })).rejects.toThrow(DemonstrationFailed);
    expect(await client.sessions.list().all()).toEqual(before);
  });
});

describe('visit', () => {
  it('should observe and picture a page', async () => {
    const stage = new Script();
    await visit({ client, url: `${shop.url}/about`, stage, artifactsDirectory: join(directory, 'artifacts') });
    expect(stage.said.join('\n')).toContain('Postage');
    expect((await readFile(join(directory, 'artifacts/127.0.0.1.png'))).subarray(0, 4)).toEqual(PNG_SIGNATURE);
    expect(await openBrowsers()).toEqual([]);
  });

  it('should say so when a page cannot be reached', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    await expect(visit({ client, url, stage: new Script(), artifactsDirectory: directory })).rejects.toThrow(
      `${url} could not be reached.`,
    );
    expect(await openBrowsers()).toEqual([]);
  });
});

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
