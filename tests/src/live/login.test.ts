import { type EndUserLogin, routes, type WebhookPayload, webhookPayload } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../../packages/server/src/webhooks/testing/receiver.js';
import { answering, Conversations } from '../conversations/deployment.js';
import { startSite, type TestSite } from '../running/server-and-site.js';
import { Watcher } from './watcher.js';

type BrowserPayload = Extract<WebhookPayload, { data: { browserId: string } }>;

const WAIT = { timeout: 15_000, interval: 30 };

let conversations: Conversations;
let site: TestSite;
let tracker: TestSite;
let seen: (string | undefined)[] = [];
let receiver: Receiver;
beforeAll(async () => {
  conversations = await Conversations.start({ CARREL_WEBHOOK_ALLOW: '127.0.0.2/32' });
  receiver = await startReceiver(undefined, { host: '127.0.0.2' });
  await conversations.api.must(routes.createWebhook, { body: { url: receiver.url } });
  tracker = await startSite((_, response) => response.setHeader('set-cookie', 'tracked=1; Path=/; Max-Age=999').end());
  site = await startSite((request, response) => {
    seen.push(request.headers.cookie);
    if (request.url?.startsWith('/in')) response.setHeader('set-cookie', `session=of-${request.url.slice(4)}; HttpOnly; Path=/`);
    response.setHeader('content-type', 'text/html');
    if (request.url === '/hoard') response.write(`<script>localStorage.hoard = '\\u3042'.repeat(4_000_000)</script>`);
    response.end(`<title>Site</title><img src="${tracker.url.replace('127.0.0.1', 'localhost')}/pixel">`);
  });
});
afterAll(async () => {
  await conversations?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
  await tracker?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
});

const start = (endUserId: string, body: Record<string, unknown> = {}) =>
  conversations.api.must(routes.loginEndUser, { params: { id: endUserId }, body: { url: `${site.url}/start`, ...body } });
const eventsOf = async ({ browserId }: EndUserLogin) =>
  (await conversations.api.must(routes.listEvents, { params: { id: browserId }, query: { limit: 1000 } })).data;
const ended = async (login: EndUserLogin, how: string) => {
  await expect.poll(async () => (await eventsOf(login)).map(({ type }) => type), WAIT).toContain(how);
  await expect.poll(async () => (await eventsOf(login)).at(-1)?.type, WAIT).toBe('browser.closed');
  return (await eventsOf(login)).find(({ type }) => type === how)?.data;
};
/** What webhooks were told of a login, once they were told so much. */
async function toldOf({ browserId }: EndUserLogin, count: number): Promise<BrowserPayload[]> {
  const told = () =>
    receiver.received
      .map(({ body }) => webhookPayload.parse(JSON.parse(body)))
      .filter((payload): payload is BrowserPayload => 'browserId' in payload.data && payload.data.browserId === browserId);
  await expect.poll(() => told().length, WAIT).toBe(count);
  return told();
}
const described = (id: string) => conversations.api.must(routes.getCredentials, { params: { id } });

describe('Signing in by a live link', () => {
  it('should be over when the person says so, and make the turns to come signed in', async () => {
    const login = await start('ann');
    expect(Date.parse(login.expiresAt)).toBeGreaterThan(Date.now() + 1_700_000);
    await using watcher = await Watcher.open(login.liveUrl);
    const { needsHuman } = await watcher.until(() => watcher.last('state'), 'the state');
    expect(needsHuman).toEqual({ reason: 'sign_in', message: `Sign in at ${new URL(site.url).host}, then press Done.` });
    await watcher.take();
    watcher.say({ type: 'navigate', url: `${site.url}/in?ann` });
    await watcher.until(() => watcher.last('state')?.url === `${site.url}/in?ann`, 'the page');
    watcher.say({ type: 'done' });
    expect(await ended(login, 'login.saved')).toEqual({ cookies: 1, origins: 0 });
    expect(watcher.closed).toEqual({ code: 4002, reason: 'Thank you, that was all: you are signed in. You can close this page.' });
    expect(await toldOf(login, 2)).toMatchObject([
      { type: 'human.needed', data: { endUserId: 'ann', url: login.liveUrl, event: { data: { reason: 'sign_in' } } } },
      { type: 'login.saved', data: { endUserId: 'ann', event: { data: { cookies: 1, origins: 0 } } } },
    ]);
    // Of the sites that the person was on, and of no other that they talked to.
    expect((await described('ann')).cookies).toMatchObject([{ name: 'session', domain: '127.0.0.1' }]);
    seen = [];
    await conversations.run([answering('In.')], { endUserId: 'ann', startUrl: site.url });
    expect(seen[0]).toBe('session=of-ann');
  });

  it.each([
    ['url', { url: '*/in?*' }],
    ['cookie', { cookie: 'session' }],
  ])('should be over when there is such a %s', async (_, until) => {
    const endUserId = `until-${Object.keys(until)[0]}`;
    const login = await start(endUserId, { until });
    await using watcher = await Watcher.open(login.liveUrl);
    await watcher.take();
    watcher.say({ type: 'navigate', url: `${site.url}/in?${endUserId}` });
    expect(await ended(login, 'login.saved')).toMatchObject({ cookies: 1 });
    expect(watcher.closed).toMatchObject({ code: 4002 });
    expect((await described(endUserId)).cookies).toHaveLength(1);
  });

  it.each([
    ['url', { url: '*/start*' }, '/start', 'name a page that is reached by signing in'],
    ['cookie', { cookie: 'session' }, '/in?already', 'name one that comes with signing in'],
  ])('should be refused where there is such a %s before anybody has signed in', async (_, until, path, what) => {
    const { api } = conversations;
    const params = { id: 'already' };
    const { error } = await api.mustFail(routes.loginEndUser, 'invalid_request', { params, body: { url: site.url + path, until } });
    expect(error).toContain(what);
    const { data } = await api.must(routes.listBrowsers, { query: { endUserId: 'already', status: 'running' } });
    expect(data).toEqual([]);
  });

  it('should have failed when it is said to be done and no site has left anything', async () => {
    const login = await start('hasty');
    await using watcher = await Watcher.open(login.liveUrl);
    await watcher.until(() => watcher.last('state'), 'the state');
    watcher.say({ type: 'done' });
    expect(await ended(login, 'login.failed')).toEqual({ message: 'No site has left anything.' });
    expect((await toldOf(login, 2)).map(({ type }) => type).toSorted()).toEqual(['human.needed', 'login.failed']);
  });

  it('should be given up when nobody comes, with nothing kept', async () => {
    const login = await start('late', { timeoutSeconds: 10 });
    expect(await ended(login, 'login.failed')).toEqual({ message: 'Nobody had signed in after 10 seconds.' });
    expect((await eventsOf(login)).map(({ type }) => type).filter((type) => type.startsWith('human.'))).toEqual([
      'human.needed',
      'human.missed',
    ]);
    expect((await described('late')).cookies).toEqual([]);
    expect((await toldOf(login, 2)).map(({ type }) => type).toSorted()).toEqual(['human.needed', 'login.failed']);
  });

  it('should tell the person when what they are signed in to cannot be kept', async () => {
    // It stores more than is kept of one site.
    const login = await start('hoarder', { url: `${site.url}/hoard` });
    await using watcher = await Watcher.open(login.liveUrl);
    await watcher.take();
    watcher.say({ type: 'done' });
    expect(await ended(login, 'login.failed')).toMatchObject({ message: expect.any(String) });
    expect(watcher.closed).toEqual({
      code: 4002,
      reason: 'Nothing that you signed in to could be kept. Ask for another link to try again.',
    });
  });

  it('should let nobody drive or read its browser but whoever has the link', async () => {
    const login = await start('eve', { url: `${site.url}/start?code=one-time-secret` });
    const params = { id: login.browserId };
    const { api } = conversations;
    const body = { type: 'evaluate', expression: 'document.cookie' };
    const { error } = await api.mustFail(routes.execute, 'insufficient_scope', { params, body });
    expect(error).toContain('one in which a person signs in');
    await api.mustFail(routes.getCookies, 'insufficient_scope', { params });
    await using watcher = await Watcher.open(login.liveUrl);
    await watcher.take();
    watcher.say({
      type: 'navigate',
      url: `data:text/html,${encodeURIComponent('<script>alert("Go on at https://a.test/x?code=another-one, now")</script>')}`,
    });
    await expect.poll(async () => JSON.stringify(await eventsOf(login)), WAIT).toContain('Go on at https://a.test now');
    expect(JSON.stringify(await eventsOf(login))).not.toMatch(/one-time-secret|another-one/);
    await api.must(routes.closeBrowser, { params });
    await ended(login, 'browser.closed');
    expect((await toldOf(login, 2)).map(({ type }) => type).toSorted()).toEqual(['human.needed', 'login.failed']);
    expect((await described('eve')).cookies).toEqual([]);
  });

  it('should say so at once when there is no such page', async () => {
    const { api } = conversations;
    const params = { id: 'ann' };
    const { error } = await api.mustFail(routes.loginEndUser, 'invalid_request', { params, body: { url: 'http://127.0.0.1:1/' } });
    expect(error).toContain('The page to sign in at cannot be opened');
    await api.mustFail(routes.loginEndUser, 'invalid_request', { params, body: { url: 'file:///etc/passwd' } });
    await api.mustFail(routes.loginEndUser, 'invalid_request', { params, body: { url: site.url, until: { url: 'a', cookie: 'b' } } });
  });
});
