import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, type ChatRequest, startScriptedServer } from '../../../packages/agent/src/testing/scripted-server.js';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { findPython, sdkEnvironment } from './sdk-environment.js';
import { shop } from './shop.js';

/** The newest that installs, and the newest that has agents. */
const VERSIONS = ['1.10.0', '1.8.31'];
const SCRIPT = fileURLToPath(new URL('session_surface.py', import.meta.url));
const INSTALL_MS = 6 * 60_000;
const RUN_MS = 120_000;
const run = promisify(execFile);
const python = await findPython();

let server: TestServer;
let site: TestSite;
let model: Awaited<ReturnType<typeof startScriptedServer>>;

beforeAll(async () => {
  if (python === undefined) return;
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

describe.skipIf(python === undefined)('the real notte-sdk', () => {
  it.each(VERSIONS)('should run unchanged over the whole session surface: %s', { timeout: INSTALL_MS + RUN_MS }, async (version) => {
    if (python === undefined) return;
    const interpreter = await sdkEnvironment(python, version);
    // It asks PyPI for its newest version at its start, and tells its makers of what it does unless that is switched off.
    const env = { ...process.env, DISABLE_TELEMETRY: 'true' };
    const { stdout } = await run(interpreter, [SCRIPT, `${server.url}/notte`, server.apiKey, site.url], { env, timeout: RUN_MS });
    expect(stdout.trim().split('\n').at(-1)).toBe('all of it');
  });
});
