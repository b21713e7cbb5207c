import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Shop, startShop } from '@carrel/examples/shop';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, calling, type ScriptedServer, startScriptedServer } from '../../../packages/agent/src/testing/scripted-server.js';
import { run } from '../../../scripts/command.mjs';
import { pythonEnvironment } from '../../../scripts/python/environment.mjs';
import { taskOf } from '../conversations/deployment.js';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { differences } from './parity.js';
import { surfaceOfTypeScript } from './typescript-surface.js';

const PROJECT = fileURLToPath(new URL('../../../python', import.meta.url));
const TIMEOUT_MS = 240_000;

const environment = await pythonEnvironment();

/** What the model says to the tasks of python/tests/test_server.py; what it was told before is in what it is asked. */
const model = () =>
  startScriptedServer((request) => {
    const task = taskOf(request);
    if (task === 'What is on sale today?') return answering('An atlas and a lamp.');
    if (task === 'Which of those are books?') return answering(request.system.includes('An atlas and a lamp.') ? 'An atlas.' : 'Of which?');
    if (task === 'Which titles?') return answering({ titles: ['An atlas'] });
    if (task !== 'Ask a person.') return answering('Nobody said what to do.');
    return request.results.length === 0 ? calling('ask_human', { question: 'Which one?' }) : answering('Asked.');
  });

/** Runs a Python tool in the project, and gives what it printed. */
function python(args: string[], env: Record<string, string> = {}): Promise<string> {
  if (environment === undefined) throw new Error('no Python');
  const caches = { PYTHONPYCACHEPREFIX: join(environment.directory, 'pycache'), RUFF_CACHE_DIR: join(environment.directory, 'ruff') };
  return run([environment.python, ...args], {
    cwd: PROJECT,
    env: { ...process.env, PYTHONPATH: join(PROJECT, 'src'), NO_COLOR: '1', ...caches, ...env },
    timeoutMs: TIMEOUT_MS,
  });
}

/** Like `python`; what failed is in the message, for whoever reads the report. */
const passing = async (args: string[], env?: Record<string, string>) =>
  python(args, env).catch((error: { message: string; output: string }) => {
    throw new Error(`${error.message}\n${error.output}`, { cause: error });
  });

describe.skipIf(environment === undefined)('the Python client', () => {
  let server: TestServer;
  let scripted: ScriptedServer;
  let site: TestSite;
  let shop: Shop;
  beforeAll(async () => {
    scripted = await model();
    server = await startTestServer({ CARREL_MODEL: 'openai-compatible/scripted', CARREL_MODEL_BASE_URL: scripted.baseUrl });
    site = await startSite(greetingPage);
    shop = await startShop();
  });
  afterAll(async () => {
    await shop?.close();
    await site?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await scripted?.[Symbol.asyncDispose]();
  });

  it('should pass its own tests, none left out', { timeout: TIMEOUT_MS }, async () => {
    const env = { CARREL_URL: server.url, CARREL_API_KEY: server.apiKey, TEST_SITE_URL: site.url, TEST_SHOP_URL: shop.url };
    const printed = await passing(['-m', 'pytest', '--quiet', '-rs', '--durations=5'], env);
    expect(printed).toMatch(/\d+ passed/);
    expect(printed).not.toMatch(/skipped|deselected|xfailed/);
  });

  it('should be typed, tidy and formatted', { timeout: TIMEOUT_MS }, async () => {
    await passing(['-m', 'ruff', 'check', '.', '../examples/python']);
    await passing(['-m', 'ruff', 'format', '--check', '.', '../examples/python']);
    await passing(['-m', 'mypy', '--cache-dir', join(environment?.directory ?? '', 'mypy')]);
  });

  it('should be built as a wheel and an sdist that have all of it', { timeout: TIMEOUT_MS }, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'wheel-'));
    try {
      await passing(['-m', 'hatchling', 'build', '-d', directory]);
      const built = await readdir(directory);
      expect(built.sort()).toEqual([expect.stringMatching(/^carrel-.+-py3-none-any\.whl$/), expect.stringMatching(/^carrel-.+\.tar\.gz$/)]);
      const [wheel = '', sdist = ''] = built.map((file) => join(directory, file));
      const installed = join(directory, 'installed');
      await passing(['-m', 'zipfile', '-e', wheel, installed]);
      const program =
        'import carrel, pathlib; print(pathlib.Path(carrel.__file__).parent, carrel.__version__, carrel.Carrel("http://x").url)';
      const printed = await passing(['-c', program], { PYTHONPATH: installed, PYTHONPYCACHEPREFIX: directory });
      expect(printed).toBe(`${join(installed, 'carrel')} 0.1.0 http://x\n`);
      expect(await readdir(join(installed, 'carrel'))).toContain('py.typed');
      const packed = await passing(['-m', 'tarfile', '-l', sdist]);
      for (const file of ['README.md', 'LICENSE', 'pyproject.toml', 'src/carrel/py.typed', 'src/carrel/_sync/client.py']) {
        expect(packed).toContain(`carrel-0.1.0/${file}`);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('should have what the SDK for TypeScript has, and no more, but for what is meant to differ', { timeout: TIMEOUT_MS }, async () => {
    const printed = await passing([fileURLToPath(new URL('python_surface.py', import.meta.url))]);
    expect(differences(surfaceOfTypeScript(), JSON.parse(printed))).toEqual([]);
  });
});
