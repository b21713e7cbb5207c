import { describe, expect, it, vi } from 'vitest';
import { Carrel } from '../client.js';
import { isCarrelError } from '../errors.js';
import { type Answer, browserInfo, failure, json, startContractServer } from '../testing/contract-server.js';
import type { BrowserProfile } from '../types.js';

const closed = browserInfo({ status: 'closed', endedAt: '2026-11-22T00:10:00.000Z' });
delete closed.cdpUrl;

/** Answers as a server with one browser does; PATCH and what else is left to `special`. */
async function serverWithBrowser(info = browserInfo(), special: Record<string, Answer> = {}) {
  const answer: Answer = (response, request) => {
    const own = special[`${request.method} ${request.path.split('/').slice(4).join('/')}`.trim()] ?? special[request.method];
    if (own) return own(response, request);
    if (request.method === 'PATCH') return json(200, { ...info, ...JSON.parse(request.body) })(response, request);
    return json(request.method === 'POST' ? 201 : 200, request.method === 'DELETE' ? closed : info)(response, request);
  };
  const server = await startContractServer(answer);
  const patches = () => server.received.filter((request) => request.method === 'PATCH').map((request) => JSON.parse(request.body));
  return { ...server, patches, client: new Carrel({ url: server.url }) };
}

describe('Browser', () => {
  it('should be closed at the end of its block, also when that ends by an error', async () => {
    const { client, received } = await serverWithBrowser();
    const work = async () => {
      await using browser = await client.browsers.open();
      expect(browser.status).toBe('running');
      throw new Error('my own');
    };
    await expect(work()).rejects.toThrow('my own');
    expect(received.map((request) => request.method)).toEqual(['POST', 'DELETE']);
  });

  it('should know its cdpUrl until it has ended', async () => {
    const { client } = await serverWithBrowser();
    const browser = await client.browsers.open({}, { keepAlive: false });
    expect(browser.cdpUrl).toBe(browserInfo().cdpUrl);
    await browser.close();
    expect(browser.status).toBe('closed');
    expect(() => browser.cdpUrl).toThrow(expect.objectContaining({ code: 'no_cdp_url' }));
  });

  it('should not show its cdpUrl when it is written to a log', async () => {
    const { client } = await serverWithBrowser();
    const browser = await client.browsers.get('br_1');
    expect(JSON.stringify(browser)).toContain(browser.id);
    expect(JSON.stringify(browser)).not.toContain('secret');
  });

  it('should give pictures and files as bytes', async () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]);
    const binary: Answer = (response) => void response.writeHead(200, { 'content-type': 'image/png' }).end(bytes);
    const { client, received } = await serverWithBrowser(browserInfo(), { 'POST screenshot': binary, 'GET files/a%20b.bin': binary });
    const browser = await client.browsers.get('br_1');
    expect(await browser.screenshot({ fullPage: true })).toEqual(new Uint8Array(bytes));
    expect(await browser.files.get('a b.bin')).toEqual(new Uint8Array(bytes));
    await browser.files.put('ü.txt', 'hållo');
    const put = received.at(-1);
    expect(put).toMatchObject({ method: 'PUT', path: expect.stringContaining('/files/%C3%BC.txt'), body: 'hållo' });
    expect(put?.headers['content-type']).toBe('application/octet-stream');
  });
});

describe('saving to a profile', () => {
  const profile: BrowserProfile = { id: 'pf_00000000000000000000000001', persist: true, version: 2, savedVersion: null, error: null };
  const reason = { code: 'profile_too_large', message: 'The state takes 600 MB; 512 MB is the cap.' };
  const endedWith = (change: Partial<BrowserProfile>) => json(200, { ...closed, profile: { ...profile, ...change } });

  it('should say what was saved when a browser closes', async () => {
    const { client } = await serverWithBrowser(browserInfo({ profile }), { DELETE: endedWith({ savedVersion: 3 }) });
    const browser = await client.browsers.open({ profile: { id: profile.id, persist: true } }, { keepAlive: false });
    expect((await browser.close()).profile).toEqual({ ...profile, savedVersion: 3 });
    expect(browser.info.profile?.savedVersion).toBe(3);
    expect((await client.browsers.close(browser.id)).profile?.savedVersion).toBe(3);
  });

  it('should not take a browser for closed well that was not saved', async () => {
    const { client } = await serverWithBrowser(browserInfo({ profile }), { DELETE: endedWith({ error: reason }) });
    const unsaved = { code: 'profile_not_saved', reason, browser: { status: 'closed' }, message: expect.stringContaining('512 MB') };
    const work = async () => {
      await using browser = await client.browsers.open();
      expect(browser.status).toBe('running');
    };
    await expect(work()).rejects.toMatchObject(unsaved);
    await expect(client.browsers.close(browserInfo().id)).rejects.toMatchObject(unsaved);
  });

  it('should say so once, and beside an error of the block', async () => {
    const { client } = await serverWithBrowser(browserInfo({ profile }), { DELETE: endedWith({ error: reason }) });
    await using browser = await client.browsers.open();
    const error: unknown = await browser.close().catch((thrown: unknown) => thrown);
    expect(isCarrelError(error, 'profile_not_saved') && error.reason).toEqual(reason);
    expect(browser.status).toBe('closed');
    const work = async () => {
      await using _other = await client.browsers.open();
      throw new Error('my own');
    };
    const both: unknown = await work().catch((thrown: unknown) => thrown);
    expect(both).toMatchObject({ error: { code: 'profile_not_saved' }, suppressed: { message: 'my own' } });
  });

  it('should not mind a profile that was only read', async () => {
    const { client } = await serverWithBrowser(browserInfo(), { DELETE: endedWith({ persist: false, error: reason }) });
    await (await client.browsers.open()).close();
  });

  it('should save while it runs, and know it', async () => {
    const saved: Answer = json(200, { version: 3, source: 'checkpoint' });
    const { client, received } = await serverWithBrowser(browserInfo({ profile: { ...profile, error: reason } }), {
      'POST checkpoint': saved,
    });
    const browser = await client.browsers.get('br_1');
    expect(await browser.checkpoint()).toMatchObject({ version: 3 });
    expect(received.at(-1)).toMatchObject({ method: 'POST', path: `/v1/browsers/${browser.id}/checkpoint`, body: '' });
    expect(browser.info.profile).toEqual({ ...profile, savedVersion: 3, error: null });
  });
});

describe('keeping a browser open', () => {
  it('should renew the idle limit while the browser is held, and stop when it is closed', async () => {
    const { client, patches, received } = await serverWithBrowser(browserInfo({ idleTimeoutSeconds: 1 }));
    const browser = await client.browsers.open();
    await vi.waitUntil(() => patches().length >= 2, { timeout: 10_000 });
    expect(patches()[0]).toEqual({ idleTimeoutSeconds: 1 });
    await browser.close();
    expect(received.at(-1)?.method).toBe('DELETE');
  });

  it('should lengthen its life when that draws to a close', async () => {
    const { client, patches } = await serverWithBrowser(browserInfo({ idleTimeoutSeconds: 1, maxDurationSeconds: 1 }));
    await using _browser = await client.browsers.open();
    await vi.waitUntil(() => patches().some((patch) => patch.maxDurationSeconds === 2), { timeout: 10_000 });
  });

  it('should go as far as the operator lets it, and on renewing the idle limit after that', async () => {
    const limits = { idleTimeoutSeconds: 1, maxDurationSeconds: 2 };
    const capped: Answer = (response, request) => {
      const change = JSON.parse(request.body);
      if (change.maxDurationSeconds > 3) {
        return failure(422, 'limit_exceeded', {}, { field: 'maxDurationSeconds', cap: 3 })(response, request);
      }
      json(200, browserInfo(Object.assign(limits, change)))(response, request);
    };
    const { client, patches } = await serverWithBrowser(browserInfo({ ...limits }), { PATCH: capped });
    await using _browser = await client.browsers.open();
    const lastExtension = () => patches().findLastIndex((patch) => 'maxDurationSeconds' in patch);
    await vi.waitUntil(() => limits.maxDurationSeconds === 3 && patches().length >= lastExtension() + 3, { timeout: 10_000 });
    expect(patches().flatMap(({ maxDurationSeconds }) => maxDurationSeconds ?? [])).toEqual([4, 3]);
  });

  it('should renew after a failure that may pass', async () => {
    const { client, patches } = await serverWithBrowser(browserInfo({ idleTimeoutSeconds: 1 }), {
      PATCH: failure(503, 'store_unavailable'),
    });
    await using _browser = await client.browsers.open();
    await vi.waitUntil(() => patches().length >= 2, { timeout: 10_000 });
  });

  it('should keep no process alive', async () => {
    const { client } = await serverWithBrowser(browserInfo({ idleTimeoutSeconds: 3000 }));
    const isTimer = (kind: string) => kind === 'Timeout';
    const before = process.getActiveResourcesInfo().filter(isTimer).length;
    const browser = await client.browsers.open();
    // A timer that is unref'ed is not among the resources that keep the process alive.
    expect(process.getActiveResourcesInfo().filter(isTimer)).toHaveLength(before);
    await browser.close();
  });
});
