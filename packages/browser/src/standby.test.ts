import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Browser } from './browser.js';
import type { ProfileSnapshot } from './profile/index.js';
import { Standby } from './standby.js';
import { type TestIsolation, testSandbox, wallsWith } from './testing/launch.js';
import { connect, expectNothingLeft, type Opened, open } from './testing/open-browser.js';
import { statusField, treeOf } from './testing/processes.js';

const SOON_MS = 300;
const PATIENCE_MS = 20_000;
const PAGE = `<title>A page</title><script>
  ticks = 0; setInterval(() => ticks++, 20);
  heard = []; socket = new WebSocket(location.href.replace('http', 'ws')); socket.onmessage = ({ data }) => heard.push(data);
  document.cookie = 'session=kept';
</script>`;

let isolation: TestIsolation;
let site: Server;
let sockets: WebSocketServer;
let siteUrl: string;
beforeAll(async () => {
  isolation = await testSandbox();
  site = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    if (request.url !== '/slow') return response.end(PAGE);
    // Goes on for longer than any browser here has to be idle.
    const timer = setInterval(() => response.write('.'), SOON_MS / 4);
    response.on('close', () => clearInterval(timer));
    return response.write('<title>Slow</title>');
  });
  sockets = new WebSocketServer({ server: site });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
});
afterAll(async () => {
  sockets.close();
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
  await isolation[Symbol.asyncDispose]();
});

const goto = (browser: Browser, url: string) =>
  browser.use((pages) => pages.execute({ type: 'goto', url, waitUntil: url.endsWith('/slow') ? 'commit' : 'load' }));
const evaluate = async (browser: Browser, expression: string) =>
  (await browser.use((pages) => pages.execute({ type: 'evaluate', expression }))).value;
const isAsleep = (browser: Browser) => expect.poll(() => browser.standby, { timeout: PATIENCE_MS, interval: 5 }).toBe('asleep');
/** `T`: all stopped; of others, whether they run or wait. */
const statesOf = (opened: Opened) =>
  new Set(treeOf(opened.isolated().directories.profile).map((pid) => statusField(pid, 'State').charAt(0)));

describe('A browser that has nothing to do', () => {
  it('should stand still, and go on where it was for whoever asks', async () => {
    await using opened = open(isolation, { standbyAfterMs: SOON_MS });
    const { browser, started, events } = opened;
    await started;
    await goto(browser, siteUrl);
    await evaluate(browser, 'socket.readyState === 1 || new Promise((resolve) => (socket.onopen = resolve))');
    await isAsleep(browser);
    expect(statesOf(opened)).toEqual(new Set(['T']));
    for (const socket of sockets.clients) socket.send('while it slept');
    const [ticks, cookie] = (await evaluate(browser, '[ticks, document.cookie]')) as [number, string];
    expect(cookie).toBe('session=kept');
    expect(browser.standby).toBe('awake');
    expect(await evaluate(browser, `new Promise((resolve) => setInterval(() => ticks > ${ticks} && resolve(true), 10))`)).toBe(true);
    await expect.poll(() => evaluate(browser, 'heard')).toEqual(['while it slept']);
    expect(events.map(({ type }) => type).filter((type) => /asleep|awake/.test(type))).toEqual(['browser.asleep', 'browser.awake']);
  });

  it('should wake for a client, and stay awake as long as it is there', async () => {
    await using opened = open(isolation, { standbyAfterMs: SOON_MS });
    const { browser, started } = opened;
    await started;
    await isAsleep(browser);
    const client = await connect(browser);
    expect(browser.standby).toBe('awake');
    await delay(3 * SOON_MS);
    expect(browser.standby).toBe('awake');
    expect((await client.call('Browser.getVersion')).result).toMatchObject({ product: expect.stringContaining('Chrome/') });
    client.leave();
    await isAsleep(browser);
  });

  it('should stay awake while a call takes long, and while something goes over the network', async () => {
    await using opened = open(isolation, { standbyAfterMs: SOON_MS });
    const { browser, started, events } = opened;
    await started;
    await evaluate(browser, `new Promise((resolve) => setTimeout(resolve, ${3 * SOON_MS}))`);
    await goto(browser, `${siteUrl}/slow`);
    await delay(4 * SOON_MS);
    expect(events.map(({ type }) => type)).not.toContain('browser.asleep');
    await goto(browser, 'about:blank');
    await isAsleep(browser);
  });

  it('should end without a trace while it is asleep', async () => {
    await using opened = open(isolation, { standbyAfterMs: SOON_MS });
    const { browser, started } = opened;
    await started;
    const tree = treeOf(opened.isolated().directories.profile);
    await isAsleep(browser);
    await browser.close();
    await browser.ended;
    expect(browser.status).toBe('closed');
    await expectNothingLeft(opened.isolated(), tree);
  });

  it('should be saved before it falls asleep, and when it is asked to while it sleeps, and at its end', async () => {
    const saves: string[] = [];
    const save = async (take: () => Promise<ProfileSnapshot>, trigger: string) => {
      await take();
      saves.push(trigger);
    };
    const profile = { keepTabs: false, keepSessionStorage: false, maxBytes: 2 ** 30, save };
    await using opened = open(isolation, { standbyAfterMs: SOON_MS, profile });
    const { browser, started } = opened;
    await started;
    await goto(browser, siteUrl);
    await isAsleep(browser);
    expect(saves).toEqual(['automatic']);
    await browser.checkpoint({ onlyWhenChanged: true });
    expect(browser.standby).toBe('asleep');
    await browser.checkpoint();
    expect(saves).toEqual(['automatic', 'checkpoint']);
    await isAsleep(browser);
    await browser.close();
    await browser.ended;
    expect(saves.at(-1)).toBe('close');
  });

  it('should not be saved before it falls asleep where that is not wanted', async () => {
    const saves: string[] = [];
    const save = async (_: () => Promise<ProfileSnapshot>, trigger: string) => void saves.push(trigger);
    const profile = { keepTabs: false, keepSessionStorage: false, maxBytes: 2 ** 30, save, savesByItself: false };
    await using opened = open(isolation, { standbyAfterMs: SOON_MS, profile });
    const { browser, started } = opened;
    await started;
    await isAsleep(browser);
    expect(saves).toEqual([]);
    await browser.close();
    expect(saves).toEqual(['close']);
  });

  it('should fall asleep however often it is saved by itself', async () => {
    const save = async (take: () => Promise<ProfileSnapshot>) => void (await take());
    const profile = { keepTabs: false, keepSessionStorage: false, maxBytes: 2 ** 30, save };
    await using opened = open(isolation, { standbyAfterMs: SOON_MS, profile });
    const { browser, started } = opened;
    await started;
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (; browser.standby !== 'asleep' && !deadline.aborted; await delay(SOON_MS / 10))
      await browser.checkpoint({ onlyWhenChanged: true });
    expect(browser.standby).toBe('asleep');
  });

  it('should stay awake for ever where that is wanted', async () => {
    await using opened = open(isolation);
    const { browser, started, events } = opened;
    await started;
    await delay(2 * SOON_MS);
    expect(browser.standby).toBe('off');
    expect(events.map(({ type }) => type)).not.toContain('browser.asleep');
  });

  it('should stay awake where a server that dies would leave it standing there for ever', async () => {
    const { isolation: real, ...rest } = isolation;
    const lax = wallsWith(real, {
      mayStandStill: false,
    });
    await using opened = open({ isolation: lax, ...rest }, { standbyAfterMs: SOON_MS });
    await opened.started;
    await delay(2 * SOON_MS);
    expect(opened.browser.standby).toBe('off');
    expect(opened.events.map(({ type }) => type)).not.toContain('browser.asleep');
  });
});

describe('Standby', () => {
  it('should begin no call while it is being stopped: what stops it too would be undone', async () => {
    const order: string[] = [];
    const steps = new EventEmitter();
    const stopping = once(steps, 'stopping');
    using standby = new Standby({
      afterMs: 1,
      isBusy: () => false,
      progress: () => 0,
      settle: async () => {},
      stop: async () => {
        steps.emit('stopping');
        await once(steps, 'stopped');
        order.push('stopped');
        return { [Symbol.dispose]: () => order.push('goes on') };
      },
      onChange: (state) => order.push(state),
    });
    standby.start();
    await stopping;
    const calls = [standby.during(async () => order.push('call')), standby.hold(async () => order.push('call'))];
    steps.emit('stopped');
    await Promise.all(calls);
    expect(order).toEqual(['stopped', 'goes on', 'call', 'call']);
  });
});
