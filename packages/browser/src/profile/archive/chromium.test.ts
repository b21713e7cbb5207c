import { join } from 'node:path';
import type { BrowserKind } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CanarySite, everywhere, FIND, keep, startCanarySite } from '../testing/canary-site.js';
import { openKept } from '../testing/kept-browser.js';
import { copyKept } from './index.js';
import { readTree, type TemporaryDirectory, temporaryDirectory } from './testing/profile-directory.js';
import { newOwner, sealTo, unpackTo } from './testing/sealed.js';

let site: CanarySite;
let temporary: TemporaryDirectory;
beforeAll(async () => {
  site = await startCanarySite();
});
afterAll(() => site[Symbol.asyncDispose]());
beforeEach(async () => {
  temporary = await temporaryDirectory();
});
afterEach(() => temporary[Symbol.asyncDispose]());

const directions: [from: BrowserKind, to: BrowserKind][] = [
  ['headless-shell', 'chromium'],
  ['chromium', 'headless-shell'],
];

describe.each(directions)('what %s has kept', (from, to) => {
  it(`should be found by ${to} in the copy that was sealed and unpacked, in every store`, { timeout: 120_000 }, async () => {
    const [first, copy, archive, second] = ['first', 'copy', 'archive', 'second'].map((name) => join(temporary.path, name)) as [
      string,
      string,
      string,
      string,
    ];
    {
      await using browser = await openKept(from, first);
      for (const name of ['a', 'b']) {
        await browser.goto(site.origin(name));
        await browser.evaluate(keep(`canary-of-${name}`));
      }
      await browser.goto(`${site.origin('top')}/?frame=${site.origin('a')}`);
      await browser.evaluateInFrame(keep('canary-in-frame'));
      // What a page sets in localStorage is on its way for a moment, and lost when the browser ends in that.
      await browser.goto(site.origin('elsewhere'));
    }
    const copied = await copyKept(first, copy);
    expect(copied).toBeGreaterThan(100_000);
    const owner = newOwner();
    await sealTo(archive, copy, owner);
    await unpackTo(second, archive, owner);
    // All that was copied is there, with its times; the copy has nothing that is not kept.
    const [one, two] = [await readTree(copy), await readTree(second)];
    const files = (tree: Record<string, string>) => Object.entries(tree).filter(([, what]) => !what.startsWith('directory'));
    expect(files(two)).toEqual(files(one));
    await using browser = await openKept(to, second);
    for (const name of ['b', 'a']) {
      await browser.goto(site.origin(name));
      expect(await browser.evaluate(FIND)).toEqual(everywhere(`canary-of-${name}`));
    }
    await browser.goto(`${site.origin('top')}/?frame=${site.origin('a')}`);
    expect(await browser.evaluateInFrame(FIND)).toEqual(everywhere('canary-in-frame'));
  });
});
