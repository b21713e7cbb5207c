import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ActionInput, action, type BrowserKind, newId } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from '../browser.js';
import { type TestIsolation, testProcess, testSandbox } from '../testing/launch.js';
import { connect, expectNothingLeft, type Opened, open } from '../testing/open-browser.js';
import { mainProcess, treeOf } from '../testing/processes.js';
import { KINDS_IN_PROOF } from '../testing/scale.js';
import { openArchive, sealArchive } from './archive/index.js';
import type { BrowserProfileOptions } from './keeper.js';
import type { ProfileSnapshot, ProfileState } from './state.js';
import { type FoundState, findState, leaveState, type StateSite, startStateSite, stateOf, withoutLate } from './testing/state-site.js';

const MAX_BYTES = 2 ** 28;

let sandbox: TestIsolation;
let processLevel: TestIsolation;
let site: StateSite;
let directory: string;
beforeAll(async () => {
  [sandbox, processLevel, site, directory] = await Promise.all([
    testSandbox(),
    testProcess(),
    startStateSite(),
    mkdtemp(join(tmpdir(), 'carrel-test-')),
  ]);
});
afterAll(async () => {
  for (const it of [sandbox, processLevel, site]) await it?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** A profile in a file, as a server would keep it. */
class FileProfile {
  readonly #path = join(directory, newId('profile'));
  readonly #owner = { key: randomBytes(32), profileId: newId('profile'), maxBytes: MAX_BYTES };
  state: ProfileState | undefined;

  readonly save = async (take: () => Promise<ProfileSnapshot>) => {
    const snapshot = await take();
    await pipeline(sealArchive(snapshot, this.#owner).stream, createWriteStream(this.#path));
    this.state = snapshot.state;
  };

  /** What a browser that saves to it is opened with. */
  async options(): Promise<BrowserProfileOptions> {
    const restore = this.state === undefined ? undefined : await openArchive(this.#path, this.#owner);
    return { restore, keepTabs: true, keepSessionStorage: true, maxBytes: MAX_BYTES, save: this.save };
  }
}

const act = (browser: Browser, input: ActionInput) =>
  browser.use(async (pages) => {
    const result = await pages.execute(action.parse(input));
    if (!result.success) throw new Error(result.message);
    return result;
  });
const go = (browser: Browser, url: string) => act(browser, { type: 'goto', url, waitUntil: 'load' });
const ask = async (browser: Browser, expression: string) => (await act(browser, { type: 'evaluate', expression })).value;

async function openWith(profile: FileProfile, { isolation, kind }: { isolation: TestIsolation; kind: BrowserKind }): Promise<Opened> {
  const opened = open(isolation, { kind, profile: await profile.options() });
  await opened.started;
  return opened;
}

describe.each(KINDS_IN_PROOF)('A %s that saves its state', (kind) => {
  it('should hand all of it to every kind behind all walls', async () => {
    const profile = new FileProfile();
    {
      await using first = await openWith(profile, { isolation: sandbox, kind });
      await go(first.browser, site.origin);
      await ask(first.browser, leaveState('canary', site.otherOrigin));
    }
    for (const isolation of [sandbox, processLevel]) {
      for (const next of ['headless-shell', 'chromium'] as const) {
        await using opened = await openWith(profile, { isolation, kind: next });
        await go(opened.browser, site.origin);
        expect(await ask(opened.browser, findState(site.otherOrigin))).toEqual(stateOf('canary'));
      }
    }
  });

  it('should hold in a checkpoint what its page wrote that moment, and go on as if nothing had been', async () => {
    const profile = new FileProfile();
    const first = await openWith(profile, { isolation: sandbox, kind });
    await go(first.browser, site.origin);
    await ask(first.browser, leaveState('canary', site.otherOrigin));
    await ask(first.browser, `globalThis.clock = setInterval(() => globalThis.ticks = (globalThis.ticks ?? 0) + 1, 1)`);
    await first.browser.checkpoint();
    expect(await readdir(join(first.isolated().directories.profile, '..'))).not.toContain('checkpoint');
    // Its processes go on: otherwise the page would not tick.
    const ticks = Number(await ask(first.browser, 'ticks'));
    await ask(
      first.browser,
      `new Promise((resolve) => { const look = () => (ticks > ${ticks} ? resolve() : setTimeout(look, 1)); look(); })`,
    );
    await first.isolated().kill();
    await first.browser.ended;
    await using next = await openWith(profile, { isolation: sandbox, kind });
    await go(next.browser, site.origin);
    const found = (await ask(next.browser, findState(site.otherOrigin))) as FoundState;
    expect(withoutLate(found)).toEqual(withoutLate(stateOf('canary')));
  });
});

describe('A checkpoint', () => {
  it('should not be taken again when nothing has changed, if that is asked for', async () => {
    let saves = 0;
    const save: BrowserProfileOptions['save'] = async (take) => {
      await take();
      saves += 1;
    };
    await using opened = open(sandbox, { profile: { keepTabs: false, keepSessionStorage: false, maxBytes: MAX_BYTES, save } });
    await opened.started;
    const { browser } = opened;
    const savesOf = async (options: { onlyWhenChanged: boolean }) => {
      const before = saves;
      await browser.checkpoint(options);
      return saves - before;
    };
    expect(await savesOf({ onlyWhenChanged: true })).toBe(1);
    // For a while after its start Chromium still writes by itself.
    await expect.poll(() => savesOf({ onlyWhenChanged: true }), { timeout: 20_000, interval: 200 }).toBe(0);
    await browser.use((pages) => pages.setCookies([{ name: 'a', value: 'b', url: 'https://example.com' }]));
    expect(await savesOf({ onlyWhenChanged: true })).toBe(1);
    expect(await savesOf({ onlyWhenChanged: false })).toBe(1);
  });

  it('should hold what a cache got after Chromium listed what is in it, although the list looks as if it were of later', async () => {
    const profile = new FileProfile();
    {
      await using opened = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
      await go(opened.browser, site.origin);
      await ask(opened.browser, leaveState('canary', site.otherOrigin));
      const caches = join(opened.isolated().directories.profile, 'Default/Service Worker/CacheStorage');
      const lists = (await readdir(caches, { recursive: true })).filter((path) => path.endsWith('/the-real-index'));
      expect(lists).not.toEqual([]);
      // It counts as fresh when the cache has not changed since.
      for (const list of lists) await utimes(join(caches, list, '../..'), 1, 1);
      await opened.browser.checkpoint();
      await opened.isolated().kill();
      await opened.browser.ended;
    }
    await using next = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
    await go(next.browser, site.origin);
    expect(await ask(next.browser, findState(site.otherOrigin))).toMatchObject({ 'Cache Storage': 'canary' });
  });

  it('should let the browser go on when it cannot be saved', async () => {
    const save = async (take: () => Promise<ProfileSnapshot>) => {
      await take();
      throw new Error('the disk is full');
    };
    const opened = open(sandbox, { profile: { keepTabs: false, keepSessionStorage: false, maxBytes: MAX_BYTES, save } });
    await opened.started;
    await expect(opened.browser.checkpoint()).rejects.toThrow('the disk is full');
    await go(opened.browser, site.origin);
    await expect(opened.browser.close()).rejects.toThrow('the disk is full');
    await expectNothingLeft(opened.isolated());
  });

  it('should be refused where more would be copied than may be kept', async () => {
    await using opened = open(sandbox, { profile: { ...(await new FileProfile().options()), maxBytes: 1000 } });
    await opened.started;
    await go(opened.browser, site.origin);
    await ask(opened.browser, leaveState('canary', site.otherOrigin));
    await expect(opened.browser.checkpoint()).rejects.toMatchObject({ code: 'profile_too_large' });
    await go(opened.browser, site.origin);
  });

  it('should be a save that the end of the browser waits for', async () => {
    const profile = new FileProfile();
    const opened = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
    await go(opened.browser, site.origin);
    await ask(opened.browser, leaveState('canary', site.otherOrigin));
    const outcome = opened.browser.checkpoint().then(
      () => 'taken',
      ({ code }) => code,
    );
    await opened.browser.close();
    expect(['taken', 'browser_not_running']).toContain(await outcome);
    await expectNothingLeft(opened.isolated());
    await using next = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
    await go(next.browser, site.origin);
    const found = (await ask(next.browser, findState(site.otherOrigin))) as FoundState;
    expect(withoutLate(found)).toEqual(withoutLate(stateOf('canary')));
  });
});

describe('What is no file', () => {
  it('should come back: tabs with their sessionStorage, permissions as clients set them, and who the browser was', async () => {
    const profile = new FileProfile();
    const identity = { locale: 'de-DE', timezone: 'Europe/Berlin', colorScheme: 'dark' } as const;
    {
      await using opened = open(sandbox, { identity, profile: await profile.options() });
      await opened.started;
      await go(opened.browser, `${site.origin}/one`);
      await ask(opened.browser, `sessionStorage.setItem('canary', 'of one')`);
      await opened.browser.use((pages) => pages.openTab(`${site.otherOrigin}/two`));
      const client = await connect(opened.browser);
      await client.call('Browser.grantPermissions', { origin: site.origin, permissions: ['geolocation'] });
      await client.call('Browser.setPermission', { origin: site.otherOrigin, permission: { name: 'notifications' }, setting: 'denied' });
      client.leave();
    }
    expect(profile.state?.tabs?.map(({ url, isActive }) => [url, isActive])).toEqual([
      [`${site.origin}/one`, false],
      [`${site.otherOrigin}/two`, true],
    ]);
    await using next = await openWith(profile, { isolation: sandbox, kind: 'chromium' });
    expect(next.browser.identity).toMatchObject(identity);
    const [one] = await next.browser.use(async (pages) => pages.tabs());
    const inOne = async (expression: string) => (await act(next.browser, { type: 'evaluate', expression, tabId: one?.id ?? '' })).value;
    await act(next.browser, { type: 'wait', loadState: 'load', tabId: one?.id ?? '' } as ActionInput).catch(() => {});
    await expect.poll(() => inOne('location.pathname')).toBe('/one');
    expect(await inOne(`sessionStorage.getItem('canary')`)).toBe('of one');
    const state = (name: string) => `navigator.permissions.query({ name: '${name}' }).then(({ state }) => state)`;
    expect(await inOne(state('geolocation'))).toBe('granted');
    await go(next.browser, `${site.otherOrigin}/two`);
    expect(await ask(next.browser, state('notifications'))).toBe('denied');
    expect(await ask(next.browser, `matchMedia('(prefers-color-scheme: dark)').matches`)).toBe(true);
  });

  it('should be told when Chromium does not take a cookie any more', async () => {
    const profile = new FileProfile();
    {
      await using opened = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
      await opened.browser.use((pages) => pages.setCookies([{ name: 'good', value: 'b', url: 'https://example.com' }]));
    }
    const options = await profile.options();
    const [good] = options.restore?.state.cookies ?? [];
    if (good === undefined) throw new Error('the cookie was not saved');
    options.restore?.state.cookies.push({ ...good, name: '__Host-bad', secure: false });
    await using opened = open(sandbox, { profile: options });
    await opened.started;
    const restored = opened.events.find(({ type }) => type === 'profile.restored');
    expect(restored?.data).toMatchObject({ cookies: 1, refusedCookies: ['__Host-bad'] });
    expect(await opened.browser.use((pages) => pages.getCookies())).toMatchObject([{ name: 'good', value: 'b' }]);
  });
});

describe('A browser that is stopped for a snapshot', () => {
  it('should stand still with every process that it has, and only so long', async () => {
    await using opened = open(sandbox);
    await opened.started;
    const tree = treeOf(`/${opened.browser.id}/profile`);
    expect(tree).toContain(mainProcess(`/${opened.browser.id}/profile`));
    const states = async () => {
      const { readFile } = await import('node:fs/promises');
      return Promise.all(tree.map(async (pid) => /^State:\t(\w)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]));
    };
    {
      using _frozen = await opened.isolated().freeze();
      expect(new Set(await states())).toEqual(new Set(['T']));
    }
    expect(await states()).not.toContain('T');
    expect(await opened.browser.use(async (pages) => pages.tabs().length)).toBe(1);
  });
});

describe('What is saved', () => {
  it('should be whole although the browser crashes while it is saved', async () => {
    const profile = new FileProfile();
    const options = await profile.options();
    const opened = open(sandbox, {
      profile: {
        ...options,
        save: (take) =>
          profile.save(async () => {
            const snapshot = await take();
            await opened.isolated().kill();
            // The end is told, and all that there is to do for it has begun, while the snapshot is still to be read.
            await opened.browser.ending;
            await new Promise((resolve) => setTimeout(resolve, 300));
            return snapshot;
          }),
      },
    });
    await opened.started;
    await go(opened.browser, site.origin);
    await ask(opened.browser, leaveState('canary', site.otherOrigin));
    await expect(opened.browser.checkpoint()).rejects.toMatchObject({ code: 'browser_crashed' });
    await opened.browser.ended;
    await expectNothingLeft(opened.isolated());
    await using next = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
    await go(next.browser, site.origin);
    const found = (await ask(next.browser, findState(site.otherOrigin))) as FoundState;
    expect(withoutLate(found)).toEqual(withoutLate(stateOf('canary')));
  });

  it('should not be what a browser had that was closed before it had all', async () => {
    const profile = new FileProfile();
    {
      await using opened = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
      await opened.browser.use((pages) => pages.setCookies([{ name: 'a', value: 'b', url: 'https://example.com' }]));
    }
    const options = await profile.options();
    // One of many that Chromium refuses: then they go in one by one, which takes a while.
    const { cookies = [] } = options.restore?.state ?? {};
    const [first] = cookies;
    if (first === undefined) throw new Error('the cookie was not saved');
    for (let number = 0; number < 500; number++) cookies.push({ ...first, name: number === 0 ? '__Host-bad' : `${number}`, secure: false });
    let saves = 0;
    const save = async () => {
      saves += 1;
    };
    const opened = open(sandbox, { profile: { ...options, save } });
    const started = opened.started.catch(({ code }) => code);
    while (opened.browser.version === null) await new Promise((resolve) => setImmediate(resolve));
    expect(opened.browser.status).toBe('starting');
    await opened.browser.close();
    expect(await started).toBe('browser_not_running');
    await opened.browser.ended;
    expect(saves).toBe(0);
  });

  it('should have all the rest when what Chromium left of localStorage cannot be read', async () => {
    const profile = new FileProfile();
    const opened = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
    await go(opened.browser, site.origin);
    await ask(opened.browser, leaveState('canary', site.otherOrigin));
    await rm(join(opened.isolated().directories.profile, 'Default/Local Storage/leveldb/CURRENT'));
    await opened.browser.close();
    expect(profile.state?.cookies.map(({ value }) => value)).toContain('canary');
  });

  it('should be nothing of contexts that clients make', async () => {
    const profile = new FileProfile();
    {
      await using opened = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
      await go(opened.browser, site.origin);
      await ask(opened.browser, `localStorage.setItem('who', 'ann')`);
      await opened.browser.use((pages) => pages.openTab('about:blank'));
      const client = await connect(opened.browser);
      const { result } = await client.call('Target.createBrowserContext');
      const context = { browserContextId: result?.browserContextId };
      const { result: made } = await client.call('Target.createTarget', { url: `${site.origin}/other`, ...context });
      const { result: attached } = await client.call('Target.attachToTarget', { targetId: made?.targetId, flatten: true });
      const expression = `new Promise((resolve) => { const look = () => location.pathname === '/other' ? resolve() : setTimeout(look, 5); look(); })
        .then(() => localStorage.setItem('who', 'mallory'))`;
      await client.call('Runtime.evaluate', { expression, awaitPromise: true }, String(attached?.sessionId));
      await opened.browser.checkpoint();
      expect(profile.state?.tabs?.map(({ url }) => url)).toEqual([`${site.origin}/`, 'about:blank']);
      client.leave();
    }
    await using next = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
    await go(next.browser, site.origin);
    expect(await ask(next.browser, `localStorage.getItem('who')`)).toBe('ann');
  });

  it('should have permissions as clients set them: not those that Chromium refused, nor those of the identity', async () => {
    const profile = new FileProfile();
    const identity = { geolocation: { latitude: 52.5, longitude: 13.4, accuracy: 10 }, timezone: 'Europe/Berlin' };
    await using opened = open(sandbox, { identity, profile: await profile.options() });
    await opened.started;
    const client = await connect(opened.browser);
    await client.call('Browser.grantPermissions', { origin: site.origin, permissions: ['notifications'] });
    await client.call('Browser.grantPermissions', { origin: site.origin, permissions: ['nothing-that-there-is'] });
    await opened.browser.checkpoint();
    expect(profile.state?.permissions).toEqual([{ kind: 'granted', origin: site.origin, permissions: ['notifications'] }]);
    // Another one leaves, and Chromium forgets what all have said.
    const other = await connect(opened.browser);
    await other.call('Browser.grantPermissions', { origin: site.otherOrigin, permissions: ['midi'] });
    other.leave();
    await go(opened.browser, site.origin);
    const state = `navigator.permissions.query({ name: 'notifications' }).then(({ state }) => state)`;
    await expect.poll(() => ask(opened.browser, state)).toBe('granted');
  });

  it('should have the tabs that were to be brought back and have not come there yet, and cookies whatever a page does', async () => {
    const profile = new FileProfile();
    {
      await using opened = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
      await go(opened.browser, `${site.origin}/slow`);
      await ask(opened.browser, `sessionStorage.setItem('canary', 'kept')`);
      await opened.browser.use((pages) => pages.openTab(site.otherOrigin));
      await ask(opened.browser, `for (let item = 0; item < 20_000; item++) sessionStorage.setItem(item, '')`);
      await opened.browser.use((pages) => pages.setCookies([{ name: 'a', value: 'b', url: 'https://example.com' }]));
    }
    expect(profile.state?.cookies).toHaveLength(1);
    expect(profile.state?.tabs?.map(({ sessionStorage }) => sessionStorage.length)).toEqual([1, 0]);
    const before = profile.state?.tabs;
    site.hold();
    try {
      await using opened = await openWith(profile, { isolation: sandbox, kind: 'headless-shell' });
      await opened.browser.checkpoint();
    } finally {
      site.release();
    }
    expect(profile.state?.tabs).toEqual(before);
  });
});
