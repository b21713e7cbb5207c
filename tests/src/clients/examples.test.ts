import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Shop, startShop } from '@carrel/examples/shop';
import { type Json, routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calling, inTurn, startScriptedServer } from '../../../packages/agent/src/testing/scripted-server.js';
import { run } from '../../../scripts/command.mjs';
import { exampleClients } from '../../../scripts/example-clients.mjs';
import { Api } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const PYTHON_CLIENT = fileURLToPath(new URL('../../../python/src', import.meta.url));
const TIMEOUT_MS = 90_000;

const { directory, python } = await exampleClients();

let home: string;
let server: TestServer;
let shop: Shop;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'examples-'));
  server = await startTestServer();
  shop = await startShop();
});
afterAll(async () => {
  await shop?.close();
  await server?.[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

/** Runs a program of the examples as its reader would, and gives what it printed. */
async function example(command: string[], env: Record<string, string> = {}): Promise<string> {
  const settings = { CARREL_URL: server.url, CARREL_API_KEY: server.apiKey, SHOP_URL: shop.url, NO_COLOR: '1', HOME: home, TMPDIR: home };
  const all = { ...process.env, ...settings, ...env };
  return await run(command, { cwd: directory, env: all, timeoutMs: TIMEOUT_MS }).catch((error: { message: string; output: string }) => {
    throw new Error(`${error.message}\n${error.output}`, { cause: error });
  });
}

const program = (name: string, env?: Record<string, string>) =>
  example([process.execPath, 'node_modules/tsx/dist/cli.mjs', `${name}.ts`], env);

/** A model that finds in what Stagehand shows it what is on sale, and answers by OpenAI's Responses: https://platform.openai.com/docs/api-reference/responses */
async function startReader(): Promise<AsyncDisposable & { url: string }> {
  const http = createServer(async (request, response) => {
    const asked = JSON.stringify(await json(request));
    const books = [...asked.matchAll(/link: ([^\\]+)(?:(?!link:).)*StaticText: (€[\d.]+)/g)].map(([, title, price]) => ({ title, price }));
    const text = JSON.stringify(asked.includes('progress of what has been') ? { progress: 'all', completed: true } : { books });
    const content = [{ type: 'output_text', text, annotations: [] }];
    const output = [{ type: 'message', id: 'm1', status: 'completed', role: 'assistant', content }];
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id: 'r1', object: 'response', created_at: 1, status: 'completed', model: 'reader', output, usage }));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>((resolve) => http.close(() => resolve()));
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`, [Symbol.asyncDispose]: close };
}

const ON_SALE = ['The Pillow Book', 'The Voyage of the Beagle', 'The Thousand and One Nights'];

describe('The example for', { timeout: TIMEOUT_MS + 10_000 }, () => {
  it('Playwright should print what a search finds', async () => {
    expect(await program('playwright')).toContain('The Voyage of the Beagle · €12.90');
  });

  it('Puppeteer should see the same page as Carrel', async () => {
    const printed = await program('puppeteer');
    for (const title of ON_SALE) expect(printed).toContain(title);
    expect(printed).toMatch(/Links to them, says Carrel: e\d+, e\d+, e\d+/);
  });

  it('Crawlee should print the prices of all that is on sale', async () => {
    const printed = await program('crawlee');
    expect(printed).toContain('€9.90  The Pillow Book');
    expect(printed).toContain('€12.90  The Voyage of the Beagle');
    expect(printed).toContain('€21.90  The Thousand and One Nights');
  });

  it('Stagehand should print what a model reads from the page', async () => {
    await using reader = await startReader();
    const printed = await program('stagehand', { MODEL_URL: reader.url });
    expect(printed.split('\n')).toEqual(
      expect.arrayContaining(['€9.90  The Pillow Book', '€12.90  The Voyage of the Beagle', '€21.90  The Thousand and One Nights']),
    );
  });

  it('the AI SDK should print what a model did and found', async () => {
    await using model = await startScriptedServer(
      inTurn(calling('goto', { url: `${shop.url}/sale` }), ({ results }) => ({ text: `Cheapest: ${/€9\.90/.exec(results.join())?.[0]}` })),
    );
    expect((await program('ai-sdk', { MODEL_URL: model.baseUrl })).trim().split('\n')).toEqual([
      `goto {"url":"${shop.url}/sale"}`,
      'Cheapest: €9.90',
    ]);
  });

  it.skipIf(python === undefined)('browser-use should print what its agent did and found', async () => {
    const step = (action: Json) => ({
      text: JSON.stringify({ evaluation_previous_goal: '', memory: '', next_goal: '', action: [action] }),
    });
    await using model = await startScriptedServer(
      inTurn(step({ navigate: { url: `${shop.url}/sale`, new_tab: false } }), ({ page }) =>
        step({ done: { text: ON_SALE.filter((title) => page.includes(title)).join(', '), success: true } }),
      ),
    );
    const quiet = { ANONYMIZED_TELEMETRY: 'false', BROWSER_USE_CLOUD_SYNC: 'false', BROWSER_USE_VERSION_CHECK: 'false' };
    const env = { MODEL_URL: model.baseUrl, PYTHONPATH: PYTHON_CLIENT, ...quiet };
    const printed = await example([python ?? '', 'browser_use_agent.py'], env);
    expect(printed).toContain('→ done');
    expect(printed).toContain(ON_SALE.join(', '));
  });

  it('curl should print the answers', async () => {
    const printed = await example(['./curl.sh']);
    for (const title of ON_SALE) expect(printed).toContain(title);
  });

  it('each should have closed its browser', async () => {
    const open = () => new Api(server.url, server.apiKey).must(routes.listBrowsers, { query: { status: 'running' } });
    await expect.poll(async () => (await open()).data, { timeout: 10_000 }).toEqual([]);
  });
});
