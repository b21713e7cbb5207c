import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { routes } from '@carrel/protocol';
import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api, newProject } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

const SECRETS = {
  CARREL_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  CARREL_MODEL_API_KEY: 'hunter2-model',
  OPENAI_API_KEY: 'hunter2-openai',
  ANTHROPIC_API_KEY: 'hunter2-anthropic',
  GOOGLE_GENERATIVE_AI_API_KEY: 'hunter2-google',
  CARREL_PROXIES: '[{"url":"http://ann:hunter2-proxy@192.0.2.1:8080"}]',
};

let server: TestServer;
let operator: Api;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'carrel-settings-'));
  const file = join(directory, 'carrel.config.json');
  await writeFile(file, JSON.stringify({ maxTasks: 3, modelsWithoutVision: ['openai/a', 'openai/b'] }));
  const prices = JSON.stringify({ 'openai/a': { input: 1, output: 2 } });
  server = await startTestServer({ ...SECRETS, CARREL_CONFIG: file, CARREL_MODEL_PRICES: prices, CARREL_NO_SUCH: '1' });
  operator = new Api(server.url, server.apiKey);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

describe('the settings', () => {
  it('should be shown with where each came from, what it is else, and what it is for', async () => {
    const { data, file, warnings } = await operator.must(routes.getSettings);
    const settings = Object.fromEntries(data.map((setting) => [setting.name, setting]));
    expect(settings.dataDir).toMatchObject({
      environment: 'CARREL_DATA_DIR',
      value: server.dataDir,
      source: 'environment',
      isSecret: false,
    });
    expect(settings.maxTasks).toMatchObject({ value: '3', source: 'file', defaultValue: '10' });
    expect(settings.maxBrowsers).toMatchObject({ value: '20', source: 'default', defaultValue: '20' });
    expect(settings.modelsWithoutVision?.value).toBe('openai/a,openai/b');
    expect(settings.modelPrices?.value).toBe('{"openai/a":{"input":1,"output":2}}');
    expect(settings.publicUrl).toMatchObject({ value: '(not set)', source: 'default' });
    expect(data.filter(({ description }) => !/^[A-Z].+\.$/.test(description))).toEqual([]);
    expect(file).toBe(join(directory, 'carrel.config.json'));
    expect(warnings.join()).toContain('CARREL_NO_SUCH');
  });

  it('should hold no secret, not even for operators', async () => {
    const settings = await operator.must(routes.getSettings);
    const text = JSON.stringify(settings);
    expect(text).not.toContain('hunter2');
    for (const secret of [SECRETS.CARREL_MASTER_KEY, Buffer.alloc(32, 7).toString('hex'), server.apiKey])
      expect(text).not.toContain(secret);
    const set = settings.data.filter(({ environment }) => Object.hasOwn(SECRETS, environment));
    expect(set.map(({ value, isSecret }) => [value, isSecret])).toEqual(set.map(() => ['(set, not shown)', true]));
    expect(set).toHaveLength(Object.keys(SECRETS).length);
  });

  it('should be nobody else’s to see', async () => {
    const { api } = await newProject(operator, 1);
    await api.mustFail(routes.getSettings, 'insufficient_scope');
  });
});

describe('the capacity', () => {
  it('should be that of one’s own project, and for operators that of the server', async () => {
    const { api, key } = await newProject(operator, 7);
    const { id } = await api.must(routes.openBrowser);
    const own = { browsers: 1, maxBrowsers: 7, runningTasks: 0, pausedTasks: 0, waitingTasks: 0, maxTasks: 3 };
    expect(await api.must(routes.getCapacity)).toEqual({ project: own, server: null });
    const seen = await operator.must(routes.getCapacity);
    expect(seen.project).toMatchObject({ browsers: 0, maxBrowsers: 20 });
    expect(seen.server).toMatchObject({ browsers: 1, starting: 0, waiting: 0, refused: 0, pool: { ready: 0, starting: 0, size: 0 } });
    expect(seen.server?.memoryBytes.total).toBeGreaterThan(seen.server?.memoryBytes.available ?? 0);
    await api.must(routes.closeBrowser, { params: { id } });
    for await (const _ of (await new Carrel({ url: server.url, apiKey: key }).browsers.get(id)).events({ follow: true })); // to its end
    expect((await api.must(routes.getCapacity)).project.browsers).toBe(0);
  });
});
