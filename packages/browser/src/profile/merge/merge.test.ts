import { mkdirSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserKind } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS_IN_PROOF } from '../../testing/scale.js';
import type { ProfileSnapshot } from '../state.js';
import { type Canaries, type CanarySite, everywhere, FIND, keep, NOWHERE, startCanarySite } from '../testing/canary-site.js';
import { type KeptBrowser, openKept } from '../testing/kept-browser.js';
import { mergeProfiles } from './index.js';

const KEPT = ['Local Storage', 'IndexedDB', 'Service Worker', 'File System', 'WebStorage'];

/** What is kept of a user-data-dir, in another. */
async function copyKept(from: string, to: string): Promise<void> {
  for (const name of KEPT) {
    await cp(join(from, 'Default', name), join(to, 'Default', name), { recursive: true, preserveTimestamps: true }).catch(() => {}); // not kept
  }
}

const SOME_TEN_BROWSERS_MS = 120_000;

describe.each(KINDS_IN_PROOF)('merging what two of %s kept', { timeout: SOME_TEN_BROWSERS_MS }, (kind: BrowserKind) => {
  let site: CanarySite;
  let root: string;
  let count = 0;
  const fresh = () => {
    const directory = join(root, String(count++));
    mkdirSync(directory);
    return directory;
  };
  const snapshot = (directory: string): ProfileSnapshot => ({
    directory,
    state: {
      formatVersion: 1,
      savedAt: new Date().toISOString(),
      kind,
      browserVersion: '1',
      cookies: [],
      permissions: [],
      identity: {},
      tabs: null,
    },
  });
  const framed = () => `${site.origin('top')}/?frame=${site.origin('in').replace('in.localhost', '127.0.0.1')}`;

  /** A browser on a copy of what a snapshot has, which becomes a snapshot. */
  async function branch(
    from: ProfileSnapshot | null,
    use: (browser: KeptBrowser) => Promise<void>,
    by: BrowserKind = kind,
  ): Promise<ProfileSnapshot> {
    const directory = fresh();
    if (from !== null) await copyKept(from.directory, directory);
    {
      await using browser = await openKept(by, directory);
      await use(browser);
    }
    return snapshot(directory);
  }
  const keepIn = async (browser: KeptBrowser, names: readonly string[], canary: string) => {
    for (const name of names) {
      await browser.goto(site.origin(name));
      await browser.evaluate(keep(canary));
    }
  };
  const found = async (browser: KeptBrowser, name: string) => {
    await browser.goto(site.origin(name));
    return (await browser.evaluate(FIND)) as Canaries;
  };

  beforeAll(async () => {
    site = await startCanarySite();
    root = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  });
  afterAll(async () => {
    await site[Symbol.asyncDispose]();
    await rm(root, { recursive: true, force: true });
  });

  it('should have of each origin what was changed last, in every kind of storage', async () => {
    const base = await branch(null, async (browser) => {
      await keepIn(browser, ['untouched', 'mine', 'theirs', 'both', 'emptied'], 'base');
    });
    const mine = await branch(base, async (browser) => {
      await keepIn(browser, ['both', 'mine', 'new-in-mine'], 'mine');
      expect(await found(browser, 'theirs')).toEqual(everywhere('base'));
    });
    const theirs = await branch(base, async (browser) => {
      await keepIn(browser, ['theirs', 'new-in-theirs', 'both'], 'theirs');
      expect(await found(browser, 'mine')).toEqual(everywhere('base'));
      await browser.goto(framed());
      await browser.evaluateInFrame(keep('in a frame'));
    });
    const directory = fresh();
    await mergeProfiles({ base, theirs, mine, directory });
    const merged = await branch(snapshot(directory), async (browser) => {
      const all: Record<string, Canaries> = {};
      for (const name of ['untouched', 'mine', 'new-in-mine', 'theirs', 'new-in-theirs', 'both']) all[name] = await found(browser, name);
      expect(all).toEqual({
        untouched: everywhere('base'),
        mine: everywhere('mine'),
        'new-in-mine': everywhere('mine'),
        theirs: everywhere('theirs'),
        'new-in-theirs': everywhere('theirs'),
        both: everywhere('theirs'),
      });
      await browser.goto(framed());
      expect(await browser.evaluateInFrame(FIND)).toEqual(everywhere('in a frame'));
      // It goes on as any other.
      await keepIn(browser, ['theirs', 'mine', 'newest'], 'later');
    });
    await branch(merged, async (browser) => {
      for (const name of ['theirs', 'mine', 'newest']) expect(await found(browser, name)).toEqual(everywhere('later'));
      expect(await found(browser, 'untouched')).toEqual(everywhere('base'));
    });
  });

  it('should have all of theirs when mine has nothing, and of mine when theirs has nothing', async () => {
    const full = await branch(null, (browser) => keepIn(browser, ['a', 'b'], 'full'));
    const empty = await branch(null, async () => {});
    for (const [theirs, mine] of [
      [full, empty],
      [empty, full],
    ] as const) {
      const directory = fresh();
      await mergeProfiles({ base: null, theirs, mine, directory });
      await branch(snapshot(directory), async (browser) => {
        expect(await found(browser, 'a')).toEqual(everywhere('full'));
        expect(await found(browser, 'b')).toEqual(everywhere('full'));
        expect(await found(browser, 'c')).toEqual(NOWHERE);
      });
    }
  });

  it('should lack what one side removed and the other left as it was', async () => {
    const base = await branch(null, (browser) => keepIn(browser, ['a', 'b'], 'base'));
    const theirs = await branch(base, async (browser) => {
      await browser.goto(site.origin('a'));
      await browser.evaluate(REMOVE);
    });
    const mine = await branch(base, (browser) => keepIn(browser, ['c'], 'mine'));
    const directory = fresh();
    await mergeProfiles({ base, theirs, mine, directory });
    await branch(snapshot(directory), async (browser) => {
      expect(await found(browser, 'a')).toEqual(NOWHERE);
      expect(await found(browser, 'b')).toEqual(everywhere('base'));
      expect(await found(browser, 'c')).toEqual(everywhere('mine'));
    });
  });
});

const REMOVE = `(async () => {
  localStorage.clear();
  await new Promise((resolve, reject) => Object.assign(indexedDB.deleteDatabase('database'), { onsuccess: resolve, onerror: reject }));
  await caches.delete('cache');
  await (await navigator.storage.getDirectory()).removeEntry('folder', { recursive: true });
  await (await navigator.serviceWorker.getRegistration()).unregister();
  await navigator.storageBuckets.delete('bucket');
})()`;
