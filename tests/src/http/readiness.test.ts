import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { routes } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import { Api } from '../running/api.js';
import { startTestServer } from '../running/server-and-site.js';

describe('/health and /ready', () => {
  it('should tell the truth while the database is killed and comes back, and no browser should notice', async () => {
    await using server = await startTestServer();
    const api = new Api(server.url, server.apiKey);
    const anyone = api.as(null);
    expect(await anyone.must(routes.health)).toMatchObject({ status: 'ok' });
    expect(await anyone.call(routes.ready)).toMatchObject({ status: 200, body: { ready: true } });
    const browser = await api.must(routes.openBrowser);

    process.kill(Number.parseInt(await readFile(join(server.dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10), 'SIGKILL');
    const ready = async () => {
      const answer = await anyone.call(routes.ready);
      if (!answer.ok) throw new Error(answer.error.error);
      // What is ready and the status never disagree.
      expect(answer.body.ready).toBe(answer.status === 200);
      return answer.body;
    };
    const interval = 2;
    await expect
      .poll(ready, { timeout: 10_000, interval })
      .toMatchObject({ ready: false, checks: { store: { ok: false }, chromium: { ok: true } } });
    expect(await anyone.must(routes.health)).toMatchObject({ status: 'ok' });
    await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ ready: true, checks: { store: { ok: true } } });
    expect((await api.must(routes.getBrowser, { params: { id: browser.id } })).status).toBe('running');
    expect((await api.must(routes.listBrowsers)).data).toMatchObject([{ id: browser.id, status: 'running' }]);
  });

  it('should say 503 where there is no Chromium, and so should opening a browser', async () => {
    await using server = await startTestServer({ CARREL_HEADLESS_SHELL_PATH: '/nowhere/chromium' });
    const api = new Api(server.url, server.apiKey);
    const answer = await api.as(null).call(routes.ready);
    expect(answer).toMatchObject({ status: 503, body: { ready: false, checks: { store: { ok: true }, chromium: { ok: false } } } });
    expect(JSON.stringify(answer)).toContain('/nowhere/chromium');
    const { error } = await api.mustFail(routes.openBrowser, 'chromium_not_found');
    expect(error).toContain('/nowhere/chromium');
    expect((await api.must(routes.listBrowsers)).data).toMatchObject([{ status: 'failed', reason: { code: 'launch_failed' } }]);
  });

  it('should say of a Chromium that does not start what it said', async () => {
    await using server = await startTestServer({ CARREL_HEADLESS_SHELL_PATH: '/bin/false' });
    const api = new Api(server.url, server.apiKey);
    const { error } = await api.mustFail(routes.openBrowser, 'launch_failed');
    expect(error).toContain('exit code 1');
    expect((await api.must(routes.listBrowsers)).data).toMatchObject([{ status: 'failed', reason: { code: 'launch_failed' } }]);
  });
});
