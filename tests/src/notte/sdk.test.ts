import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, type ChatRequest, startScriptedServer } from '../../../packages/agent/src/testing/scripted-server.js';
import { notteSdks } from '../../../scripts/notte-sdks.mjs';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { shop } from './shop.js';

const SCRIPT = fileURLToPath(new URL('session_surface.py', import.meta.url));
const RUN_MS = 120_000;
const run = promisify(execFile);
const sdks = await notteSdks();

let server: TestServer;
let site: TestSite;
let model: Awaited<ReturnType<typeof startScriptedServer>>;

beforeAll(async () => {
  if (sdks.length === 0) return;
  // It reads the title off the page that it is shown, as text or as the schema wants it.
  model = await startScriptedServer((request: ChatRequest) => {
    const title = /Shop [\w/]+/.exec(request.page)?.[0] ?? 'no title';
    return answering(/"title"/.test(JSON.stringify(request.body.tools ?? [])) ? { title } : title);
  });
  const settings = { CARREL_MODEL: 'openai-compatible/scripted', CARREL_MODEL_BASE_URL: model.baseUrl };
  [server, site] = await Promise.all([startTestServer(settings), startSite(shop)]);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
  await model?.[Symbol.asyncDispose]();
});

describe.skipIf(sdks.length === 0)('the real notte-sdk', () => {
  it.each(sdks)('should run unchanged over the whole session surface: $version', { timeout: RUN_MS }, async ({ python }) => {
    // It asks PyPI for its newest version at its start, and tells its makers of what it does unless that is switched off.
    const env = { ...process.env, DISABLE_TELEMETRY: 'true' };
    const args = [SCRIPT, `${server.url}/notte`, server.apiKey, site.url];
    const { stdout } = await run(python, args, { env, timeout: RUN_MS });
    expect(stdout.trim().split('\n').at(-1)).toBe('all of it');
  });
});
