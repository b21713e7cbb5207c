import { type Browser, type BrowserEventType, routes } from '@carrel/protocol';
import { verifyWebhook } from '@carrel/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Receiver, startReceiver } from '../../../packages/server/src/webhooks/testing/receiver.js';
import { answering, Conversations, calling } from '../conversations/deployment.js';
import { Watcher } from '../live/watcher.js';
import { Api, newProject } from '../running/api.js';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';

const WAIT = { timeout: 15_000, interval: 30 };
const WIDGET = `<!doctype html><title>Sign in</title><div class="cf-turnstile" data-sitekey="key-1" style="display: block; width: 300px; height: 65px"></div>
  <input type="hidden" name="cf-turnstile-response">`;
/** Asks for what is in a picture until it is told "w7kp". */
const PICTURE = `<!doctype html><title>Sign in</title><form><img alt="captcha" width="120" height="40"
  src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='120' height='40'/>"><input name="captcha" autofocus></form>`;
const RECEIVER = { CARREL_WEBHOOK_ALLOW: '127.0.0.2/32' };
const SOLVE = `document.querySelector('input').value = '0.person', null`;

let site: TestSite;
/** What the solving service says, in order, and then again and again the last. */
let says: unknown[] = [];
let service: TestSite;
const open: AsyncDisposable[] = [];
beforeAll(async () => {
  site = await startSite(({ url = '' }, response) => {
    const page = url.endsWith('captcha=w7kp') ? '<h1>Welcome</h1>' : url.startsWith('/picture') ? PICTURE : WIDGET;
    response.setHeader('content-type', 'text/html').end(page);
  });
  service = await startSite((_, response) => response.end(JSON.stringify(says.length > 1 ? says.shift() : says[0])));
});
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
});

const withService = () => ({ CARREL_CAPTCHA_SERVICE: '2captcha', CARREL_CAPTCHA_API_KEY: 'a-secret-key', CARREL_CAPTCHA_URL: service.url });

async function start(env: NodeJS.ProcessEnv): Promise<{ server: TestServer; api: Api }> {
  const server = await startTestServer(env);
  open.push(server);
  return { server, api: new Api(server.url, server.apiKey) };
}

/** What a webhook with the events that it is told of by default has heard, once that is so much. */
async function told(receiver: Receiver, secret: string, count: number) {
  await expect.poll(() => receiver.received.length, WAIT).toBe(count);
  return await Promise.all(receiver.received.map(({ body, headers }) => verifyWebhook(body, headers, secret)));
}
async function listen(api: Api): Promise<{ receiver: Receiver; secret: string }> {
  const receiver = await startReceiver(undefined, { host: '127.0.0.2' });
  open.push(receiver);
  const { secret = '' } = await api.must(routes.createWebhook, { body: { url: receiver.url } });
  return { receiver, secret };
}

/** Opens a browser that has captchas solved, on a page that shows one. */
async function stuck(api: Api, body: Record<string, unknown> = {}, path = ''): Promise<Browser> {
  const browser = await api.must(routes.openBrowser, { body: { solveCaptchas: true, ...body } });
  await api.must(routes.execute, { params: { id: browser.id }, body: { type: 'goto', url: site.url + path } });
  return browser;
}
/** The person who is asked to help, in control, with a keyboard. */
async function helper(api: Api, browser: Browser) {
  await expect.poll(async () => (await get(api, browser)).needsHuman?.reason, WAIT).toBe('captcha');
  const { needsHuman } = await get(api, browser);
  const watcher = await Watcher.open(needsHuman?.liveUrl);
  open.push(watcher);
  await watcher.take();
  const field = async () => (await api.must(routes.observe, { params: { id: browser.id }, body: {} })).elements.at(-1)?.value;
  const press = (key: string, code: string, text = key) => {
    for (const action of ['down', 'up'] as const) watcher.say({ type: 'key', action, key, code, ...(action === 'down' && { text }) });
  };
  return {
    watcher,
    message: needsHuman?.message,
    field,
    type: async (text: string) => {
      for (const letter of text) press(letter, `Key${letter.toUpperCase()}`);
      await expect.poll(field, WAIT).toBe(text);
    },
    enter: () => press('Enter', 'Enter', '\r'),
  };
}
const get = (api: Api, { id }: { id: string }) => api.must(routes.getBrowser, { params: { id } });
const solve = (api: Api, { id }: { id: string }) =>
  api.must(routes.execute, { params: { id }, body: { type: 'evaluate', expression: SOLVE } });
/** What its log says of captchas and people and what they hold, once it has said so. */
async function log(api: Api, { id }: { id: string }, last: BrowserEventType) {
  const read = async () => (await api.must(routes.listEvents, { params: { id }, query: { limit: 1000 } })).data;
  await expect.poll(async () => (await read()).map(({ type }) => type), WAIT).toContain(last);
  return (await read()).filter(({ type }) => /^(captcha|human|control)\./.test(type)).map(({ type, data }) => ({ type, data }));
}

describe('A captcha', () => {
  it('should be for a person where there is no service, and over when it is solved', async () => {
    const { server, api } = await start({ CARREL_STANDBY_AFTER_SECONDS: '1', ...RECEIVER });
    const { receiver, secret } = await listen(api);
    const browser = await stuck(api, { idleTimeoutSeconds: 2 });
    await expect.poll(async () => (await get(api, browser)).needsHuman?.reason, WAIT).toBe('captcha');
    const { needsHuman } = await get(api, browser);
    expect(needsHuman?.liveUrl?.startsWith(`${server.url}/live/`)).toBe(true);
    expect(Date.parse(needsHuman?.expiresAt ?? '') - Date.parse(needsHuman?.since ?? '')).toBe(1_800_000);
    // The link is as good as the browser itself: not for lists, nor for keys that only read.
    const { data } = await api.must(routes.listBrowsers);
    expect(data[0]?.needsHuman).toMatchObject({ reason: 'captcha' });
    expect(JSON.stringify(data)).not.toContain('/live/');
    const reader = await api.must(routes.createApiKey, { body: { name: 'reader', scopes: ['browsers:read'] } });
    expect(JSON.stringify(await get(api.as(reader.secret ?? ''), browser))).not.toContain('/live/');
    const [delivery] = await told(receiver, secret, 1);
    expect(delivery).toMatchObject({
      type: 'human.needed',
      data: { browserId: browser.id, endUserId: null, status: 'running', url: needsHuman?.liveUrl },
    });
    // It waits for longer than it may be idle.
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect(await get(api, browser)).toMatchObject({ status: 'running', needsHuman: { reason: 'captcha' } });
    await using person = await Watcher.open(needsHuman?.liveUrl);
    await solve(api, browser);
    expect(await log(api, browser, 'captcha.solved')).toMatchObject([
      { type: 'captcha.detected', data: { kind: 'turnstile', siteKey: 'key-1' } },
      { type: 'human.needed', data: { reason: 'captcha' } },
      { type: 'human.done', data: { reason: 'captcha' } },
      { type: 'captcha.solved', data: { by: 'human' } },
    ]);
    expect((await get(api, browser)).needsHuman).toBeNull();
    const links = await api.must(routes.listLiveLinks, { params: { id: browser.id } });
    expect(links.data).toEqual([]);
    expect(await person.until(() => person.closed, 'the end')).toEqual({
      code: 4002,
      reason: 'Thank you, that was all. You can close this page.',
    });
  });

  it('should leave whoever writes what a picture shows alone until they have sent it, and it was right', async () => {
    const { api } = await start({});
    const browser = await stuck(api, {}, '/picture');
    const { watcher, message, type, enter, field } = await helper(api, browser);
    expect(message).toMatch(/send the form or give control back/);
    await type('w');
    // For longer than a change of the page takes to be seen.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(watcher.closed).toBeUndefined();
    enter();
    await expect.poll(field, WAIT).toBe('');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(watcher.closed).toBeUndefined();
    await type('w7kp');
    enter();
    const events = await log(api, browser, 'captcha.solved');
    const another = 'captcha.detected';
    const types = ['captcha.detected', 'human.needed', 'control.taken', another, 'human.done', 'captcha.solved'];
    expect(events.map(({ type: of }) => of).filter((of) => of !== 'control.released')).toEqual(types);
    await watcher.until(() => watcher.closed, 'the end of the link');
  });

  it('should be over when whoever wrote what a picture shows gives control back', async () => {
    const { api } = await start({});
    const browser = await stuck(api, {}, '/picture');
    const { watcher, type } = await helper(api, browser);
    await type('w7kp');
    watcher.say({ type: 'control.release' });
    expect((await log(api, browser, 'captcha.solved')).slice(2)).toMatchObject([
      { type: 'control.taken' },
      { type: 'control.released' },
      { type: 'human.done' },
      { type: 'captcha.solved', data: { by: 'human' } },
    ]);
    await watcher.until(() => watcher.closed, 'the end of the link');
  });

  it('should be given up when nobody comes, and the browser go on', async () => {
    const { api } = await start({ CARREL_HUMAN_TIMEOUT_SECONDS: '1' });
    const browser = await stuck(api);
    const events = await log(api, browser, 'captcha.failed');
    expect(events).toMatchObject([
      { type: 'captcha.detected' },
      { type: 'human.needed' },
      { type: 'human.missed', data: { reason: 'captcha' } },
      { type: 'captcha.failed', data: { kinds: ['turnstile'], message: 'Nobody solved it within 1 seconds.' } },
    ]);
    expect(await get(api, browser)).toMatchObject({ status: 'running', needsHuman: null });
    await solve(api, browser);
  });

  it('should be solved by the service where there is one, and be for a person when that cannot', async () => {
    const { api } = await start(withService());
    says = [
      { errorId: 0, taskId: 1 },
      { errorId: 0, status: 'ready', solution: { token: '0.service' } },
      { errorId: 12, errorCode: 'ERROR_CAPTCHA_UNSOLVABLE' },
    ];
    const browser = await stuck(api);
    expect(await log(api, browser, 'captcha.solved')).toMatchObject([{ type: 'captcha.detected' }, { data: { by: 'service' } }]);
    await api.must(routes.execute, { params: { id: browser.id }, body: { type: 'reload' } });
    const events = await log(api, browser, 'human.needed');
    expect(events.slice(2)).toMatchObject([
      { type: 'captcha.detected' },
      { type: 'captcha.failed', data: { message: '2captcha did not solve the captcha: ERROR_CAPTCHA_UNSOLVABLE.' } },
      { type: 'human.needed' },
    ]);
    expect(JSON.stringify(events)).not.toContain('a-secret-key');
  });

  it('should not be looked for where nobody asked for it', async () => {
    const { api } = await start(withService());
    const browser = await stuck(api, { solveCaptchas: false });
    await api.must(routes.observe, { params: { id: browser.id }, body: {} });
    await api.must(routes.closeBrowser, { params: { id: browser.id } });
    expect(await log(api, browser, 'browser.closed')).toEqual([]);
  });

  it('should pause the turn that it stands in the way of, until somebody has solved it', async () => {
    const conversations = await Conversations.start(RECEIVER);
    open.push(conversations);
    const { api } = conversations;
    const { receiver, secret } = await listen(api);
    const taskId = await conversations.submit([answering('I am in.')], { startUrl: site.url, solveCaptchas: true });
    const { waitingFor, browserId } = await conversations.until(taskId, ({ status }) => status === 'paused');
    expect(waitingFor).toMatchObject({ reason: 'captcha', question: expect.stringContaining('Solve the captcha') });
    expect(Date.parse(waitingFor?.expiresAt ?? '') - Date.parse(waitingFor?.since ?? '')).toBeGreaterThan(1_790_000);
    // Of its browser, which waits as well, nobody is told apart.
    const [delivery] = await told(receiver, secret, 1);
    expect(delivery).toMatchObject({ type: 'human.asked', data: { taskId, url: waitingFor?.url } });
    const shown = await fetch(waitingFor?.url ?? '', { redirect: 'manual' });
    expect(shown.status).toBe(303);
    expect(shown.headers.get('location')).toMatch(/\/live\/[\w-]{20,}$/);
    // Of another project it is nobody's.
    const stranger = await newProject(api, 1);
    await stranger.api.mustFail(routes.getTask, 'not_found', { params: { id: taskId } });
    expect(browserId).not.toBeNull();
    const { data } = await api.must(routes.listLiveLinks, { params: { id: browserId ?? '' } });
    expect(data).toMatchObject([{ scope: 'control' }]);
    await api.must(routes.resumeTask, { params: { id: taskId }, body: {} });
    expect(await conversations.ended(taskId)).toMatchObject({ status: 'completed', result: 'I am in.' });
    expect((await conversations.log(taskId)).map(({ type }) => type)).not.toContain('captcha.failed');
  });

  it('should be told to the turn and its agent when nobody came, once', async () => {
    const conversations = await Conversations.start({ CARREL_HUMAN_TIMEOUT_SECONDS: '2' });
    open.push(conversations);
    const { api } = conversations;
    const steps = [calling('scroll', { direction: 'down' }), answering('A captcha was in the way.')];
    const taskId = await conversations.submit(steps, { startUrl: site.url, solveCaptchas: true });
    const { waitingFor } = await conversations.until(taskId, ({ status }) => status === 'paused');
    expect(Date.parse(waitingFor?.expiresAt ?? '') - Date.parse(waitingFor?.since ?? '')).toBeLessThan(2_100);
    const task = await conversations.ended(taskId);
    expect(task).toMatchObject({ status: 'completed', result: 'A captcha was in the way.' });
    const message = 'Nobody solved it within 2 seconds.';
    const events = (await conversations.log(taskId)).filter(({ type }) => /^(captcha|task\.(paused|resumed))/.test(type));
    expect(events.slice(1)).toMatchObject([
      { type: 'task.resumed', data: { reason: 'human_timeout' } },
      { type: 'captcha.failed', data: { message } },
    ]);
    const asked = await conversations.asked(task);
    expect(asked.map(({ page }) => page.includes(message))).toEqual([true, false]);
    const ofBrowser = await log(api, { id: task.browserId ?? '' }, 'browser.closed');
    expect(ofBrowser.map(({ type }) => type)).toEqual(['captcha.detected', 'human.needed', 'human.missed', 'captcha.failed']);
  });
});
