import { type Browser, Carrel, type Tab } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { refusal, Watcher } from './watcher.js';

/** A page is told so by how the WebSocket is closed: of an upgrade that is refused, it does not see the status. */
const NO_LINK = {
  code: 4004,
  reason: 'This live link is over: it has expired, was revoked, or its browser has ended. Ask for another one.',
};
const PATIENCE = { timeout: 15_000, interval: 10 };

let server: TestServer;
let site: TestSite;
let carrel: Carrel;
beforeAll(async () => {
  [server, site] = await Promise.all([startTestServer(), startSite(greetingPage)]);
  carrel = new Carrel({ url: server.url, apiKey: server.apiKey });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
});

async function openAtSite(): Promise<Browser> {
  const browser = await carrel.browsers.open();
  await browser.execute({ type: 'goto', url: site.url });
  return browser;
}

const linkTo = (browser: Browser, scope: 'view' | 'control', ttlSeconds = 60) =>
  carrel.browsers.createLiveLink(browser.id, { scope, ttlSeconds });
const eventsOf = async (browser: Browser) => {
  const types: string[] = [];
  for await (const { type } of browser.events({ follow: false })) if (/^(live|control)\./.test(type)) types.push(type);
  return types;
};

describe('A live link', () => {
  it('should show what a browser shows to whoever has it, with no account, and be told once', async () => {
    await using browser = await openAtSite();
    const link = await linkTo(browser, 'view');
    expect(link.url).toMatch(new RegExp(`^${server.url}/live/[\\w-]{43}$`));
    await using watcher = await Watcher.open(link.url, { origin: server.url });
    const frame = await watcher.until(() => watcher.frames[0], 'a frame');
    expect(frame.jpeg.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    const state = await watcher.until(() => watcher.last('state')?.viewport && watcher.last('state'), 'the state');
    expect(state).toMatchObject({
      browser: { id: browser.id, status: 'running' },
      tabs: [{ url: `${site.url}/`, title: 'Greeting', active: true }],
      url: `${site.url}/`,
      viewport: { width: frame.width, height: frame.height },
      control: { holder: 'nobody' },
      scope: 'view',
    });
    const { data } = await carrel.browsers.listLiveLinks(browser.id).page();
    expect(data).toEqual([{ ...link, url: undefined }].map(({ url: _, ...rest }) => rest));
    watcher.say({ type: 'ping', sentAt: 7 });
    expect(await watcher.until(() => watcher.last('pong'), 'a pong')).toEqual({ type: 'pong', sentAt: 7 });
    expect(await eventsOf(browser)).toEqual(['live.link_created']);
  });

  it('should end what is open through it when it is revoked, and be no link any more', async () => {
    await using browser = await openAtSite();
    const link = await linkTo(browser, 'control');
    await using watcher = await Watcher.open(link.url);
    await watcher.take();
    await carrel.browsers.revokeLiveLink(browser.id, link.id);
    expect(await watcher.until(() => watcher.closed, 'the end')).toEqual({ code: 4001, reason: 'The link was revoked.' });
    expect(watcher.last('ended')).toMatchObject({ reason: 'The link was revoked.' });
    await using late = await Watcher.open(link.url);
    expect(await late.until(() => late.closed, 'the end')).toEqual(NO_LINK);
    expect(late.messages).toEqual([]);
    await expect(carrel.browsers.revokeLiveLink(browser.id, link.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect
      .poll(() => eventsOf(browser), PATIENCE)
      .toEqual(['live.link_created', 'control.taken', 'live.link_revoked', 'control.released']);
    expect((await browser.execute({ type: 'evaluate', expression: '1' })).success).toBe(true);
  });

  it('should end when its time is over, and with its browser', async () => {
    await using browser = await openAtSite();
    await using brief = await Watcher.open((await linkTo(browser, 'view', 1)).url);
    await using long = await Watcher.open((await linkTo(browser, 'view')).url);
    expect(await brief.until(() => brief.closed, 'the end')).toMatchObject({ code: 4003 });
    expect(long.closed).toBeUndefined();
    await browser.close();
    expect(await long.until(() => long.closed, 'the end')).toEqual({ code: 4000, reason: 'The browser has ended.' });
    await expect(linkTo(browser, 'view')).rejects.toMatchObject({ code: 'browser_not_running' });
  });

  it('should give each watcher what it can take, at most two frames ahead of what it has acknowledged', async () => {
    await using browser = await openAtSite();
    const moving = "setInterval(() => { document.body.style.background = 'hsl(' + (performance.now() % 360) + ' 50% 50%)'; }, 10), 0";
    await browser.execute({ type: 'evaluate', expression: moving });
    const { url } = await linkTo(browser, 'view');
    await using slow = await Watcher.open(url);
    slow.acknowledges = false;
    await using fast = await Watcher.open(url);
    await fast.until(() => fast.frames.length > 20, 'frames');
    expect(slow.frames.map(({ sequence }) => sequence)).toEqual([1, 2]);
    slow.say({ type: 'ack', sequence: 2 });
    const { takenAtMs } = await slow.until(() => slow.frames[2], 'another frame');
    expect(takenAtMs).toBeGreaterThanOrEqual(fast.frames[18]?.takenAtMs ?? Number.NaN);
    fast.say({ type: 'resize', width: 200, height: 200 });
    slow.say({ type: 'resize', width: 200, height: 200 });
    const size = Math.max(...fast.frames.map(({ jpeg }) => jpeg.length));
    await fast.until(() => fast.frames.some(({ jpeg }) => jpeg.length < size / 2), 'a small frame');
  });

  it('should not be another project’s to list, make or revoke', async () => {
    await using browser = await openAtSite();
    const link = await linkTo(browser, 'view');
    const { id } = await carrel.projects.create({ name: 'another' });
    const { secret = '' } = await carrel.apiKeys.create({ projectId: id, name: 'theirs', scopes: ['browsers:read', 'browsers:write'] });
    const theirs = new Carrel({ url: server.url, apiKey: secret });
    for (const attempt of [
      () => theirs.browsers.createLiveLink(browser.id),
      () => theirs.browsers.listLiveLinks(browser.id).page(),
      () => theirs.browsers.revokeLiveLink(browser.id, link.id),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
    expect((await carrel.browsers.listLiveLinks(browser.id).page()).data).toHaveLength(1);
  });
});

describe('A key that may only read', () => {
  it('should make links to watch and revoke its own, and neither take over nor revoke what others made', async () => {
    await using browser = await openAtSite();
    const { secret = '' } = await carrel.apiKeys.create({ name: 'reader', scopes: ['browsers:read'] });
    const reader = new Carrel({ url: server.url, apiKey: secret });
    const others = await linkTo(browser, 'view');
    const own = await reader.browsers.createLiveLink(browser.id, { scope: 'view' });
    await using watcher = await Watcher.open(own.url);
    await watcher.until(() => watcher.frames.length > 0, 'a picture');
    for (const attempt of [
      () => reader.browsers.createLiveLink(browser.id, { scope: 'control' }),
      () => reader.browsers.revokeLiveLink(browser.id, others.id),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'insufficient_scope', details: { needed: 'browsers:write' } });
    await reader.browsers.revokeLiveLink(browser.id, own.id);
    expect((await carrel.browsers.listLiveLinks(browser.id).page()).data.map(({ id }) => id)).toEqual([others.id]);
  });
});

describe('The WebSocket of a live link', () => {
  it('should refuse pages of other sites, other hosts, and tokens that are none', async () => {
    await using browser = await openAtSite();
    const { url = '' } = await linkTo(browser, 'control');
    const socket = `${url.replace('http', 'ws')}/socket`;
    expect(await refusal(socket, { origin: 'https://evil.example' })).toBe(403);
    expect(await refusal(socket, { host: 'evil.example' })).toBe(421);
    expect(await refusal(socket.replace(/socket$/, 'else'))).toBe(404);
    for (const token of ['~', browser.id, `${url.split('/').at(-1)}x`, 'x'.repeat(4_000)]) {
      await using nobody = await Watcher.open(`${server.url}/live/${token}`);
      nobody.say({ type: 'control.take' });
      expect(await nobody.until(() => nobody.closed, 'the end')).toEqual(NO_LINK);
      expect([nobody.messages, nobody.frames]).toEqual([[], []]);
    }
    expect(await refusal(`${server.url.replace('http', 'ws')}/live/x/socket`, { origin: 'https://evil.example' })).toBe(403);
  });

  it('should have 50 watch by one link at most, and say so to those who come then', async () => {
    await using browser = await openAtSite();
    const { url = '' } = await linkTo(browser, 'view');
    // They all end with the browser.
    const come = () => Watcher.open(url);
    const [first] = await Promise.all(Array.from({ length: 50 }, come));
    const late = await come();
    expect(await late.until(() => late.closed, 'the end')).toMatchObject({ code: 4005, reason: expect.stringContaining('50 windows') });
    await first?.[Symbol.asyncDispose]();
    const next = await come();
    await next.until(() => next.last('state'), 'the state');
  });

  it.each([
    ['what is no JSON', (watcher: Watcher) => watcher.socket.send('{'), 1007],
    ['an unknown message', (watcher: Watcher) => watcher.socket.send('{"type":"evaluate","expression":"1"}'), 1007],
    ['fields that nobody knows', (watcher: Watcher) => watcher.socket.send('{"type":"ping","sentAt":1,"more":1}'), 1007],
    ['binary messages', (watcher: Watcher) => watcher.socket.send(Buffer.from('{"type":"ping","sentAt":1}')), 1007],
    ['messages that are too large', (watcher: Watcher) => watcher.socket.send('x'.repeat(600_000)), 1009],
    [
      'more than a person does',
      (watcher: Watcher) => {
        for (let count = 0; count < 20_000; count++) watcher.socket.send('{"type":"ping","sentAt":1}');
      },
      1008,
    ],
  ])('should close on %s, and touch nobody else', async (_, attack, code) => {
    await using browser = await openAtSite();
    const { url } = await linkTo(browser, 'control');
    await using other = await Watcher.open(url);
    await using hostile = await Watcher.open(url);
    attack(hostile);
    expect(await hostile.until(() => hostile.closed, 'the end')).toMatchObject({ code });
    other.say({ type: 'ping', sentAt: 1 });
    await other.until(() => other.last('pong'), 'a pong');
  });
});

describe('Control', () => {
  const click = { type: 'mouse', x: 5, y: 5, button: 'left', buttons: 1, clickCount: 1 } as const;

  it('should not be had by a link that is for watching only', async () => {
    await using browser = await openAtSite();
    await browser.execute({
      type: 'evaluate',
      expression: "said = []; for (const type of ['mousedown', 'keydown', 'input']) addEventListener(type, () => said.push(type), true), 0",
    });
    const { url = '' } = await linkTo(browser, 'view');
    await using watcher = await Watcher.open(url);
    const [tab] = await browser.tabs.list();
    const attempts = [
      { type: 'control.take' },
      { ...click, action: 'down' },
      { type: 'key', action: 'down', key: 'a', code: 'KeyA' },
      { type: 'text', text: 'a' },
      { type: 'navigate', url: 'about:blank' },
      { type: 'reload' },
      { type: 'tab.open' },
      { type: 'tab.close', tabId: tab?.id ?? '' },
      { type: 'viewport', width: 100, height: 100 },
      { type: 'clipboard.read' },
    ] as const;
    for (const attempt of attempts) watcher.say(attempt);
    await watcher.until(() => watcher.messages.filter(({ type }) => type === 'notice').length === attempts.length, 'the notices');
    watcher.say({ type: 'ping', sentAt: 1 });
    await watcher.until(() => watcher.last('pong'), 'a pong');
    expect(await eventsOf(browser)).toEqual(['live.link_created']);
    expect((await browser.execute({ type: 'evaluate', expression: '[said, location.href, innerWidth > 100]' })).value).toEqual([
      [],
      `${site.url}/`,
      true,
    ]);
    expect(await browser.tabs.list()).toHaveLength(1);
    expect(watcher.last('clipboard')).toBeUndefined();
    const put = await fetch(`${url}/files/x.txt`, { method: 'PUT', body: 'x' });
    expect(put.status).toBe(403);
    expect(await browser.files.list()).toEqual([]);
  });

  it('should be one person’s at a time, who does what they like in the page, and let actions wait until it is given back', async () => {
    await using browser = await openAtSite();
    const { id, url } = await linkTo(browser, 'control');
    await using one = await Watcher.open(url);
    await using two = await Watcher.open(url);
    one.say({ type: 'reload' });
    await one.until(() => one.last('notice')?.message.startsWith('Take control first'), 'a notice');
    await one.take();
    await two.until(() => two.last('state')?.control.holder === 'another', 'the other to see it');
    two.say({ type: 'control.take' });
    await two.until(() => two.last('notice')?.message.startsWith('Somebody else'), 'a notice');
    const { elements } = await browser.observe();
    const field = elements.find(({ name }) => name === 'Name')?.box;
    expect(field).toBeDefined();
    const at = { x: (field?.x ?? 0) + 5, y: (field?.y ?? 0) + 5 };
    one.say({ ...click, ...at, action: 'down' });
    one.say({ ...click, ...at, action: 'up' });
    expect(await two.until(() => two.last('pointer'), 'the pointer')).toMatchObject({ x: at.x, y: at.y, by: 'person' });
    one.say({ type: 'text', text: 'Ada' });
    one.say({ type: 'key', action: 'down', key: 'Enter', code: 'Enter' });
    await expect.poll(async () => (await browser.observe()).snapshot, PATIENCE).toContain('Hello Ada');
    const refused = await browser.execute({ type: 'evaluate', expression: '1', timeoutMs: 50 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'human_in_control', status: 409 });
    // So does what changes tabs and cookies by other calls.
    const [tab] = await browser.tabs.list();
    const cookie = { name: 'late', value: '1', url: site.url };
    const changes = [browser.tabs.open('about:blank'), browser.cookies.set([cookie])];
    const isRefused = browser.execute({ type: 'evaluate', expression: '1', timeoutMs: 500 }).catch(({ code }) => code);
    expect(await Promise.race([isRefused, ...changes])).toBe('human_in_control');
    expect([await browser.tabs.list(), await browser.cookies.get()]).toEqual([[tab], []]);
    const waiting = browser.execute({ type: 'evaluate', expression: 'document.querySelector("output").textContent' });
    expect((await browser.scrape()).markdown).toContain('Hello Ada');
    expect(one.last('pointer')).toBeUndefined();
    one.say({ type: 'control.release' });
    expect((await waiting).value).toBe('Hello Ada');
    const [opened] = await Promise.all(changes);
    expect(await browser.cookies.get()).toMatchObject([{ name: 'late' }]);
    await browser.tabs.close((opened as Tab).id);
    await browser.execute({ type: 'click', selector: 'button' });
    expect(await one.until(() => one.last('pointer'), 'the pointer')).toMatchObject({ kind: 'click', by: 'agent' });
    await two.take();
    await two[Symbol.asyncDispose]();
    await expect
      .poll(() => eventsOf(browser), PATIENCE)
      .toEqual(['live.link_created', 'control.taken', 'control.released', 'control.taken', 'control.released']);
    const said = [];
    for await (const { type, data } of browser.events({ follow: false })) if (type.startsWith('control.')) said.push(data);
    expect(said.map(({ linkId }) => linkId)).toEqual(Array(4).fill(id));
    expect(said[1]).toMatchObject({ heldMs: expect.any(Number) });
  });

  it('should be given back when nothing is heard of who has it, as of a laptop that is shut', { timeout: 90_000 }, async () => {
    await using browser = await openAtSite();
    await using another = await openAtSite();
    await using gone = await Watcher.open((await linkTo(browser, 'control', 600)).url);
    await using quiet = await Watcher.open((await linkTo(another, 'control', 600)).url);
    await Promise.all([gone.take(), quiet.take()]);
    // It answers no pings; the other one does, and says nothing of its own.
    gone.socket.pause();
    await expect.poll(() => eventsOf(browser), { timeout: 60_000, interval: 500 }).toContain('control.released');
    expect((await browser.execute({ type: 'evaluate', expression: '1' })).success).toBe(true);
    expect(await eventsOf(another)).toEqual(['live.link_created', 'control.taken']);
    gone.socket.resume();
    await gone.until(() => gone.last('notice')?.message.startsWith('Control was given back'), 'the notice');
    await gone.take();
  });

  it('should carry files both ways', async () => {
    await using browser = await openAtSite();
    const { url } = await linkTo(browser, 'control');
    const put = await fetch(`${url}/files/a%20note.txt`, {
      method: 'PUT',
      body: 'from a person',
      headers: { 'content-type': 'text/plain' },
    });
    expect(await put.json()).toMatchObject({ name: 'a note.txt', kind: 'upload', sizeBytes: 13 });
    const got = await fetch(`${url}/files/a%20note.txt`);
    expect(got.headers.get('content-type')).toBe('application/octet-stream');
    expect(got.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''a%20note.txt");
    expect(await got.text()).toBe('from a person');
    expect((await fetch(`${url}/files/none.txt`)).status).toBe(404);
    expect((await fetch(`${url}x/files/a%20note.txt`)).status).toBe(404);
    expect((await fetch(`${url}/files/..%2f..%2fetc%2fpasswd`)).status).toBe(400);
    await using watcher = await Watcher.open(url);
    await watcher.until(() => watcher.frames[0], 'a frame');
    await browser.execute({
      type: 'evaluate',
      expression: 'Object.assign(document.createElement("a"), { href: "data:text/csv,a", download: "<b>.csv" }).click()',
    });
    expect(await watcher.until(() => watcher.last('download'), 'the download')).toMatchObject({ sizeBytes: 1 });
  });
});
