import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StateSite, startStateSite, withoutLate } from '../../../packages/browser/src/profile/testing/state-site.js';
import { mainProcess } from '../../../packages/browser/src/testing/processes.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';
import { dataDirectory, startServerProcess } from '../running/server-process.js';
import { clientOf, foundIn, logOf, NOWHERE, openOnce, signedIn, signIn } from './signed-in.js';

const SLOW_MS = 60_000;
/** Servers in a process of their own take it from here that pages may reach the site. */
const MAY_REACH_SITE = { CARREL_EGRESS_ALLOW: '127.0.0.0/8,::1' };

let server: TestServer;
let site: StateSite;
beforeAll(async () => {
  [server, site] = await Promise.all([startTestServer(), startStateSite()]);
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

/** Of those events that tell of the browser and its profile. */
const typesOf = (log: { type: string }[]) => log.map(({ type }) => type).filter((type) => /^(browser|profile)\./.test(type));

describe('What a browser with a profile holds', () => {
  it('should be saved when it is closed, and the answer say so', async () => {
    const client = clientOf(server);
    const { id } = await client.profiles.create();
    const browser = await openOnce(client, { profile: { id, persist: true } });
    expect(browser.info.profile).toEqual({ id, persist: true, version: null, savedVersion: null, error: null });
    await signIn(browser, site, 'closed');
    expect(await browser.close()).toMatchObject({ status: 'closed', profile: { version: null, savedVersion: 1, error: null } });
    const log = await logOf(browser);
    expect(log.find(({ type }) => type === 'profile.saved')?.data).toMatchObject({ version: 1, source: 'close', mergedWith: null });
    expect(typesOf(log).indexOf('profile.saved')).toBeLessThan(typesOf(log).indexOf('browser.closed'));
    await using next = await openOnce(client, { profile: { id } });
    expect(next.info.profile).toMatchObject({ persist: false, version: 1 });
    expect(await foundIn(next, site)).toEqual(signedIn('closed'));
  });

  it('should not be saved without `persist`', async () => {
    const client = clientOf(server);
    const { id } = await client.profiles.create();
    const reader = await openOnce(client, { profile: { id } });
    await signIn(reader, site, 'only-read');
    expect((await reader.close()).profile).toEqual({ id, persist: false, version: null, savedVersion: null, error: null });
    await expect(reader.checkpoint()).rejects.toMatchObject({ code: 'browser_not_running' });
    expect(await client.profiles.get(id)).toMatchObject({ currentVersion: null, sizeBytes: 0, heldBy: [] });
    await using next = await openOnce(client, { profile: { id } });
    expect(await foundIn(next, site)).toEqual(NOWHERE);
    await expect(next.checkpoint()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('persist: true') });
  });

  it.each([
    ['idleTimeoutSeconds', 3],
    ['maxDurationSeconds', 8],
  ] as const)(
    'should be saved when its %s is over',
    async (field, seconds) => {
      const client = clientOf(server);
      const { id } = await client.profiles.create();
      const browser = await openOnce(client, { profile: { id, persist: true }, [field]: seconds });
      await signIn(browser, site, 'timed-out');
      expect(typesOf(await logOf(browser)).slice(-3)).toEqual(['browser.closing', 'profile.saved', 'browser.timed_out']);
      expect(await browser.refresh()).toMatchObject({ status: 'timed_out', profile: { savedVersion: 1, error: null } });
      await using next = await openOnce(client, { profile: { id } });
      expect(await foundIn(next, site)).toEqual(signedIn('timed-out'));
    },
    SLOW_MS,
  );

  it(
    'should be saved when its server is told to stop',
    async () => {
      await using data = await dataDirectory();
      const first = await startServerProcess(data.path, MAY_REACH_SITE);
      const { id } = await clientOf(first).profiles.create();
      const browser = await openOnce(clientOf(first), { profile: { id, persist: true } });
      await signIn(browser, site, 'stopped');
      expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
      await using next = await startServerProcess(data.path, MAY_REACH_SITE);
      expect(await clientOf(next).profiles.get(id)).toMatchObject({ currentVersion: 1, heldBy: [] });
      await using again = await openOnce(clientOf(next), { profile: { id } });
      expect(await foundIn(again, site)).toEqual(signedIn('stopped'));
    },
    SLOW_MS,
  );
});

describe('A checkpoint', () => {
  it('should hold all there was, disturb no page, and outlive a crash of the browser, which says what was lost', async () => {
    const client = clientOf(server);
    const { id } = await client.profiles.create();
    const browser = await openOnce(client, { profile: { id, persist: true } });
    await signIn(browser, site, 'before');
    const here = `(globalThis.started ??= 'still here', localStorage.getItem('canary') + ' ' + globalThis.started)`;
    expect(await browser.execute({ type: 'evaluate', expression: here })).toMatchObject({ value: 'before still here' });
    expect(await browser.checkpoint()).toMatchObject({ version: 1, source: 'checkpoint', basedOn: null, isCurrent: true });
    expect(await browser.execute({ type: 'evaluate', expression: here })).toMatchObject({ value: 'before still here' });

    await signIn(browser, site, 'after');
    process.kill(mainProcess(`/${browser.id}/profile`), 'SIGKILL');
    const log = await logOf(browser);
    expect(log.find(({ type }) => type === 'profile.save_failed')?.data).toMatchObject({ code: 'browser_crashed' });
    const error = { code: 'browser_crashed', message: expect.stringContaining('version 1') };
    expect(await browser.refresh()).toMatchObject({ status: 'failed', profile: { savedVersion: 1, error } });
    await using next = await openOnce(client, { profile: { id, persist: true } });
    expect(withoutLate(await foundIn(next, site))).toEqual(withoutLate(signedIn('before')));
  });

  it('should be taken by itself now and then, and take the place of the one before', async () => {
    await using server = await startTestServer({ CARREL_PROFILE_CHECKPOINT_SECONDS: '1' });
    const client = clientOf(server);
    const { id } = await client.profiles.create();
    const browser = await openOnce(client, { profile: { id, persist: true } });
    await signIn(browser, site, 'first');
    const sources = async () => (await client.profiles.versions(id).all()).map(({ source }) => source);
    await expect.poll(sources, { timeout: 20_000 }).toEqual(['automatic']);
    await signIn(browser, site, 'second');
    const { currentVersion } = await client.profiles.get(id);
    await expect.poll(async () => (await client.profiles.get(id)).currentVersion, { timeout: 20_000 }).toBeGreaterThan(currentVersion ?? 0);
    expect(await sources()).toEqual(['automatic']);
    process.kill(mainProcess(`/${browser.id}/profile`), 'SIGKILL');
    await logOf(browser);
    await using next = await openOnce(client, { profile: { id, persist: true } });
    // One that was taken while the page signed in has something of both.
    for (const value of Object.values(withoutLate(await foundIn(next, site)))) expect(['first', 'second']).toContain(value);
    await next.close();
    expect(await sources()).toEqual(['close', 'automatic']);
  });

  it(
    'should outlive a server that is killed, and the profile be free again',
    async () => {
      await using data = await dataDirectory();
      const first = await startServerProcess(data.path, MAY_REACH_SITE);
      const { id } = await clientOf(first).profiles.create();
      const browser = await openOnce(clientOf(first), { profile: { id, persist: true } });
      await signIn(browser, site, 'kept');
      await browser.checkpoint();
      await signIn(browser, site, 'lost');
      await first.end('SIGKILL');
      await using second = await startServerProcess(data.path, MAY_REACH_SITE);
      await using next = await openOnce(clientOf(second), { profile: { id, persist: true } });
      expect(withoutLate(await foundIn(next, site))).toEqual(withoutLate(signedIn('kept')));
      const left = await clientOf(second).browsers.get(browser.id);
      const error = { code: 'browser_crashed', message: expect.stringContaining('version 1') };
      expect(left.info).toMatchObject({ status: 'failed', reason: { code: 'server_died' }, profile: { savedVersion: 1, error } });
      expect(typesOf(await logOf(left)).slice(-2)).toEqual(['profile.save_failed', 'browser.failed']);
      await expect(left.close()).rejects.toMatchObject({ code: 'profile_not_saved' });
    },
    SLOW_MS,
  );
});
