import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError, newId } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser } from '../browser.js';
import type { BrowserEvent, BrowserOptions } from '../browser-options.js';
import type { IsolatedBrowser, LaunchRequest } from '../isolation/index.js';
import type { Pages } from '../page/index.js';
import { type TestIsolation, testProcess, testSandbox, wallsWith } from '../testing/launch.js';
import { loopbackPolicy } from '../testing/loopback-policy.js';
import { typesOf } from '../testing/open-browser.js';
import { mainProcess, ofType, treeOf } from '../testing/processes.js';
import { BrowserPool, type Taken } from './pool.js';
import type { PreparedBrowser, Wish } from './prepared-browser.js';

const LIMITS = { maxCdpMessageBytes: 16 * 2 ** 20, maxFileBytes: 2 ** 20, maxFilesBytes: 2 ** 20 };
const USUAL: Wish = { kind: 'headless-shell', asked: {}, country: null };
const PATIENCE_MS = 30_000;

let sandbox: TestIsolation;
let site: Server;
let siteUrl: string;
const requests: string[] = [];
beforeAll(async () => {
  sandbox = await testSandbox();
  site = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.setHeader('content-type', 'text/html').end('<title>A page</title>');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
});
afterAll(async () => {
  site.closeAllConnections();
  await new Promise((resolve) => site.close(resolve));
  await sandbox[Symbol.asyncDispose]();
});

interface TestPool extends AsyncDisposable {
  pool: BrowserPool;
  launched: { request: LaunchRequest; isolated: IsolatedBrowser; priorities: string[] }[];
  failures: unknown[];
  /** Resolves when so many are ready, and no other is to come. */
  hasReady(count: number): Promise<void>;
}

/** What is other about a pool: how its browsers are, and whether it has to give way. */
interface PoolChanges {
  changed?: Partial<IsolatedBrowser>;
  mustGiveWay?: () => boolean;
}

/** A pool, what it launched, and at its end a look whether anything stays of the test. */
function poolOf(
  { isolation, runDirectory }: TestIsolation,
  size: number,
  { changed, mustGiveWay = () => false }: PoolChanges = {},
): TestPool {
  const launched: TestPool['launched'] = [];
  const failures: unknown[] = [];
  const watched = wallsWith(isolation, {
    launch: async (request) => {
      const isolated = await isolation.launch(request);
      const entry = { request, isolated, priorities: [request.priority ?? 'normal'] };
      launched.push(entry);
      return {
        ...isolated,
        ...changed,
        prioritize: (priority) => {
          entry.priorities.push(priority);
          isolated.prioritize(priority);
        },
      };
    },
  });
  const pool = new BrowserPool({
    isolation: watched,
    limits: LIMITS,
    size,
    mayPrepare: () => !mustGiveWay(),
    mustGiveWay,
    onFailure: (error) => failures.push(error),
  });
  const hasReady = async (count: number) => {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    while (pool.counts.ready !== count || pool.counts.starting > 0) {
      if (deadline.aborted) throw new Error(`waited for ${count} to be ready; there are ${JSON.stringify(pool.counts)}`);
      await delay(20);
    }
  };
  const end = async () => {
    await pool[Symbol.asyncDispose]();
    expect(await readdir(runDirectory)).toEqual([]);
  };
  return { pool, launched, failures, hasReady, [Symbol.asyncDispose]: end };
}

/** Takes one that must be there. */
async function take(pool: BrowserPool, wish: Wish = USUAL): Promise<PreparedBrowser> {
  const { prepared } = await pool.take(wish);
  if (prepared === undefined) throw new Error('there was none');
  return prepared;
}

/** Opens a browser from a prepared one. */
async function openFrom({ isolation }: TestIsolation, prepared: PreparedBrowser, options: Partial<BrowserOptions> = {}) {
  const events: BrowserEvent[] = [];
  const { browser, started } = Browser.open(isolation, {
    id: prepared.id,
    kind: prepared.kind,
    idleTimeoutMs: 3_600_000,
    maxDurationMs: 3_600_000,
    limits: LIMITS,
    egress: { policy: loopbackPolicy() },
    onEvent: (event) => events.push(event),
    prepared,
    ...options,
  });
  await started;
  return { browser, events };
}

const goto = (pages: Pages, url: string) => pages.execute({ type: 'goto', url, waitUntil: 'load' });
const evaluate = (browser: Browser, expression: string) =>
  browser.use((pages) => pages.execute({ type: 'evaluate', expression })).then(({ value }) => value);

describe('BrowserPool', () => {
  it('should have a browser ready that whoever asks has all for himself, with its own way out and its own log', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool, hasReady, launched } = of;
    await hasReady(1);
    const before = Date.now();
    const { prepared, ...rest } = await pool.take(USUAL);
    expect(rest).toEqual({ wasReady: true });
    await pool[Symbol.asyncDispose](); // no other comes in its place
    const { browser, events } = await openFrom(sandbox, prepared as PreparedBrowser);
    await using _browser = browser;
    expect(launched[0]?.request.id).toBe(browser.id);
    expect(browser.createdAt.getTime()).toBeGreaterThanOrEqual(before);
    expect(events.map(({ type }) => type)).toEqual(['browser.starting', 'tab.opened', 'browser.running']);
    const gone = await browser.use((pages) => goto(pages, `${siteUrl}/from-the-pool`));
    expect(gone).toMatchObject({ success: true });
    expect(requests).toContain('/from-the-pool');
    expect(browser.network.entries({ after: 0, limit: 10 }).map(({ host }) => host)).toContain('127.0.0.1');
    await browser.close();
    await browser.ended;
    expect(typesOf(events)).toEqual(['browser.starting', 'browser.running', 'browser.closing', 'browser.closed']);
  });

  it('should hold a browser to the rules of whoever has it', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool, hasReady } = of;
    await hasReady(1);
    const prepared = await take(pool);
    const { browser } = await openFrom(sandbox, prepared, { egress: { policy: loopbackPolicy(), rules: { allow: ['example.com'] } } });
    await using _browser = browser;
    const gone = await browser.use((pages) => goto(pages, `${siteUrl}/forbidden`));
    expect(gone).toMatchObject({ success: false });
    expect(requests).not.toContain('/forbidden');
  });

  it('should let a browser that nobody has reach nothing', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool, hasReady, launched } = of;
    await hasReady(1);
    const sockets: boolean[] = [];
    const { request } = launched[0] as TestPool['launched'][number];
    const socket = { destroy: () => sockets.push(true) };
    request.acceptEgress(socket as unknown as Parameters<LaunchRequest['acceptEgress']>[0]);
    expect(sockets).toEqual([true]);
    expect(pool.counts.ready).toBe(1);
  });

  it('should give everybody another browser, and another person', async () => {
    await using of = poolOf(sandbox, 3);
    const { pool, hasReady } = of;
    await hasReady(1);
    const taken: Taken[] = await Promise.all([1, 2, 3].map(() => pool.take(USUAL)));
    const prepared = taken.flatMap((one) => one.prepared ?? []);
    const opened = await Promise.all(prepared.map((one) => openFrom(sandbox, one)));
    try {
      expect(new Set(prepared.map(({ id }) => id)).size).toBe(prepared.length);
      expect(new Set(opened.map(({ browser }) => browser.identity?.seed)).size).toBe(prepared.length);
      await hasReady(3); // as many as were asked for at once
    } finally {
      await Promise.all(opened.map(({ browser }) => browser[Symbol.asyncDispose]()));
    }
  });

  it('should not hand out one that has died, or whose page has', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool, hasReady, launched } = of;
    await hasReady(1);
    const profileOf = (index: number) => launched[index]?.isolated.directories.profile as string;
    process.kill(mainProcess(profileOf(0)), 'SIGKILL');
    await expect.poll(() => launched.length, { timeout: PATIENCE_MS }).toBe(2);
    await hasReady(1);
    for (const renderer of ofType(treeOf(profileOf(1)), 'renderer')) process.kill(renderer, 'SIGKILL');
    await expect.poll(() => launched.length, { timeout: PATIENCE_MS }).toBe(3);
    await hasReady(1);
    const prepared = await take(pool);
    expect(prepared.id).toBe(launched[2]?.request.id);
    await prepared[Symbol.asyncDispose]();
  });

  it('should wait for one that is starting, and hurry it, rather than have another started', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool, launched } = of;
    await expect.poll(() => pool.counts.starting, { timeout: PATIENCE_MS }).toBe(1);
    const { prepared, ...rest } = await pool.take(USUAL);
    expect(rest).toEqual({ wasReady: false });
    expect(launched[0]).toMatchObject({ request: { id: prepared?.id, priority: 'low' }, priorities: ['low', 'normal'] });
    await prepared?.[Symbol.asyncDispose]();
  });

  it('should raise the priority of one only when somebody has it', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool, hasReady, launched } = of;
    await hasReady(1);
    expect(launched[0]?.priorities).toEqual(['low']);
    const prepared = await take(pool);
    expect(launched[0]?.priorities).toEqual(['low', 'normal']);
    await prepared[Symbol.asyncDispose]();
  });

  it('should keep browsers of a sort that was asked for twice, who are that to pages', async () => {
    await using of = poolOf(sandbox, 2);
    const { pool, hasReady } = of;
    await hasReady(1);
    const german: Wish = { ...USUAL, asked: { locale: 'de-DE', timezone: 'Europe/Berlin' } };
    expect(await pool.take(german)).toEqual({ prepared: undefined, isKept: false });
    expect(await pool.take(german)).toEqual({ prepared: undefined, isKept: false });
    await hasReady(2);
    const { prepared, ...rest } = await pool.take(german);
    expect(rest).toEqual({ wasReady: true });
    const { browser } = await openFrom(sandbox, prepared as PreparedBrowser, { identity: german.asked });
    await using _browser = browser;
    expect(browser.identity).toMatchObject(german.asked);
    const seen = await evaluate(browser, '[navigator.language, Intl.DateTimeFormat().resolvedOptions().timeZone]');
    expect(seen).toEqual(['de-DE', 'Europe/Berlin']);
  });

  it('should keep one of the usual sort, whatever else is asked for', async () => {
    await using of = poolOf(sandbox, 2);
    const { pool, hasReady } = of;
    for (const locale of ['de-DE', 'fr-FR']) {
      await pool.take({ ...USUAL, asked: { locale } });
      await pool.take({ ...USUAL, asked: { locale } });
    }
    await hasReady(2);
    const { prepared, ...rest } = await pool.take(USUAL);
    expect(rest).toEqual({ wasReady: true });
    await prepared?.[Symbol.asyncDispose]();
  });

  it('should move one to the time zone of whoever asks: pages, those of new processes, and workers', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool, hasReady, launched } = of;
    // Another name of Asia/Calcutta, half an hour off; of a country; and where it is already.
    for (const [wish, timezone, name] of [
      [{ asked: { timezone: 'Asia/Kolkata' }, country: null }, 'Asia/Kolkata', 'Asia/Calcutta'],
      [{ asked: { locale: 'en-US' }, country: 'JP' }, 'Asia/Tokyo', 'Asia/Tokyo'],
      [{ asked: { timezone: 'America/Argentina/Ushuaia' }, country: null }, 'America/Argentina/Ushuaia', 'America/Argentina/Ushuaia'],
    ] as const) {
      await hasReady(1);
      const taken = await pool.take({ ...USUAL, ...wish });
      expect(taken).toMatchObject({ wasReady: true });
      expect(launched.map(({ request }) => request.timezone)).not.toContain(timezone);
      const { browser } = await openFrom(sandbox, taken.prepared as PreparedBrowser, { identity: wish.asked });
      await using _browser = browser;
      expect(browser.identity).toMatchObject({ timezone, locale: 'en-US' });
      const seen = 'Intl.DateTimeFormat().resolvedOptions().timeZone';
      const inWorker = `new Promise((resolve) => { new Worker(URL.createObjectURL(new Blob(['postMessage(${seen})']))).onmessage = ({ data }) => resolve(data); })`;
      expect(await evaluate(browser, `(async () => [${seen}, await ${inWorker}])()`)).toEqual([name, name]);
      await browser.use((pages) => goto(pages, siteUrl));
      const before = ofType(treeOf(`/${browser.id}/profile`), 'renderer');
      await browser.use((pages) => goto(pages, siteUrl.replace('127.0.0.1', 'localhost')));
      const after = ofType(treeOf(`/${browser.id}/profile`), 'renderer');
      expect(after.filter((pid) => !before.includes(pid))).not.toEqual([]);
      expect(await evaluate(browser, `(async () => [${seen}, await ${inWorker}])()`)).toEqual([name, name]);
    }
  });

  it('should give none that does not hear of the time zone: another one would have to be believed', async () => {
    await using of = poolOf(sandbox, 1, { changed: { changeTimezone: async () => {} } });
    const { pool, hasReady, launched } = of;
    await hasReady(1);
    expect(await pool.take({ ...USUAL, asked: { timezone: 'Asia/Tokyo' } })).toEqual({ prepared: undefined, isKept: true });
    await hasReady(1); // in its stead there is one that was started there
    expect(launched.map(({ request }) => request.timezone)).toEqual([expect.any(String), 'Asia/Tokyo']);
    const prepared = await take(pool, { ...USUAL, asked: { timezone: 'Asia/Tokyo' } });
    expect(prepared.id).toBe(launched[1]?.request.id);
    await prepared[Symbol.asyncDispose]();
  });

  it('should leave full browsers that do not listen yet to those whose time zone they have', async () => {
    await using of = poolOf(sandbox, 2);
    const { pool, launched } = of;
    const full: Wish = { ...USUAL, kind: 'chromium' };
    const ids = () => launched.filter(({ request }) => request.kind === 'chromium').map(({ request }) => request.id);
    await pool.take(full);
    await pool.take(full);
    await expect.poll(() => ids().length, { timeout: PATIENCE_MS }).toBe(1); // it is starting
    expect(await pool.take({ ...full, asked: { timezone: 'Asia/Tokyo' } })).toMatchObject({ prepared: undefined });
    const prepared = await take(pool, full);
    expect(prepared.id).toBe(ids()[0]);
    await prepared[Symbol.asyncDispose]();
  });

  it('should give none of another time zone where walls allow no change', async () => {
    await using walls = await testProcess();
    await using of = poolOf(walls, 1);
    const { pool, hasReady } = of;
    await hasReady(1);
    expect(await pool.take({ ...USUAL, asked: { timezone: 'Asia/Tokyo' } })).toEqual({ prepared: undefined, isKept: false });
    expect(pool.counts.ready).toBe(1);
  });

  it('should give one to whoever is somewhere, and have it be there', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool, hasReady } = of;
    await hasReady(1);
    const geolocation = { latitude: 52.5, longitude: 13.4, accuracy: 20 };
    const taken = await pool.take({ ...USUAL, asked: { geolocation } });
    expect(taken).toMatchObject({ wasReady: true });
    const { browser } = await openFrom(sandbox, taken.prepared as PreparedBrowser, { identity: { geolocation } });
    await using _browser = browser;
    await browser.use((pages) => goto(pages, siteUrl));
    const where = `new Promise((resolve) => navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve([coords.latitude, coords.longitude, coords.accuracy]), ({ message }) => resolve(message)))`;
    expect(await evaluate(browser, where)).toEqual([52.5, 13.4, 20]);
    expect(browser.identity?.geolocation).toEqual(geolocation);
  });

  it('should give nobody another seed than the one asked for', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool, hasReady } = of;
    await hasReady(1);
    expect(await pool.take({ ...USUAL, asked: { seed: 'the-same-as-before' } })).toEqual({ prepared: undefined, isKept: false });
    expect(pool.counts.ready).toBe(1);
  });

  it('should end those that nobody has when others need their memory, and start new ones when nobody does', async () => {
    let isShort = false;
    await using of = poolOf(sandbox, 1, { mustGiveWay: () => isShort });
    const { pool, hasReady } = of;
    await hasReady(1);
    isShort = true;
    await pool.take({ ...USUAL, asked: { locale: 'de-DE' } }); // of another sort: it would have to be launched
    expect(pool.counts).toEqual({ ready: 0, starting: 0 });
    await expect.poll(() => readdir(sandbox.runDirectory), { timeout: PATIENCE_MS }).toEqual([]);
    isShort = false;
    await hasReady(1);
  });

  it('should keep none with a size of none', async () => {
    await using of = poolOf(sandbox, 0);
    const { pool, launched } = of;
    expect(await pool.take(USUAL)).toMatchObject({ prepared: undefined });
    expect(pool.counts).toEqual({ ready: 0, starting: 0 });
    expect(launched).toEqual([]);
  });

  it('should tell of browsers that do not start, and not try again and again', async () => {
    await using broken = await testProcess({ 'headless-shell': '/bin/false' });
    const facts = await sandbox.isolation.chromium('headless-shell');
    const launch = broken.isolation.launch.bind(broken.isolation);
    const makeAhead = broken.isolation.makeAhead.bind(broken.isolation);
    const isolation = { ...broken.isolation, chromium: async () => facts, launch, makeAhead };
    await using of = poolOf({ ...broken, isolation }, 2);
    const { pool, failures } = of;
    await expect.poll(() => failures.length, { timeout: PATIENCE_MS }).toBe(1);
    expect(failures[0]).toBeInstanceOf(CarrelError);
    expect(failures[0]).toMatchObject({ code: 'launch_failed' });
    expect(await pool.take(USUAL)).toMatchObject({ prepared: undefined });
    expect(failures).toHaveLength(1);
    expect(pool.counts).toEqual({ ready: 0, starting: 0 });
  });

  it('should leave nothing behind, whatever was under way', async () => {
    await using of = poolOf(sandbox, 1);
    const { pool } = of;
    await expect.poll(() => pool.counts.starting, { timeout: PATIENCE_MS }).toBe(1);
    await pool[Symbol.asyncDispose]();
    expect(await readdir(sandbox.runDirectory)).toEqual([]);
    const { browser, started } = Browser.open(sandbox.isolation, {
      ...{ id: newId('browser'), kind: 'headless-shell', idleTimeoutMs: 60_000, maxDurationMs: 60_000, limits: LIMITS },
    });
    await started; // others go on as before
    await browser[Symbol.asyncDispose]();
  });
});
