import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from '../browser.js';
import { startTestSite, type TestSite } from '../page/testing/test-site.js';
import { type TestIsolation, testSandbox } from '../testing/launch.js';
import { open } from '../testing/open-browser.js';
import { sitDown } from './testing/audience.js';

const PATIENCE = { timeout: 10_000, interval: 10 };
const HIDDEN = ['text disc', 'text disc'];

let isolation: TestIsolation;
let site: TestSite;
beforeAll(async () => {
  [isolation, site] = await Promise.all([testSandbox(), startTestSite()]);
});
afterAll(async () => {
  await site[Symbol.asyncDispose]();
  await isolation[Symbol.asyncDispose]();
});

const goto = (browser: Browser, path: string) =>
  browser.use((pages) => pages.execute({ type: 'goto', url: site.origin + path, waitUntil: 'load' }));
const evaluate = async (browser: Browser, expression: string) =>
  (await browser.use((pages) => pages.execute({ type: 'evaluate', expression }))).value;

describe.each(['headless-shell', 'chromium'] as const)('A password that %s is watched with', (kind) => {
  it('should be dots in every picture, whatever the page makes of its field', async () => {
    await using opened = open(isolation, { kind });
    const { browser, started } = opened;
    await started;
    await goto(browser, '/secret.html');
    expect(await evaluate(browser, 'look()')).toEqual(['password disc', 'password disc']);
    await using seat = await sitDown(browser);
    await seat.until(() => true);
    expect(await evaluate(browser, 'reveal()')).toEqual(HIDDEN);
    await goto(browser, `/secret.html?frame=${encodeURIComponent(`${site.otherOrigin}/secret.html`)}`);
    await evaluate(browser, 'frame.contentWindow.postMessage("", "*")');
    await expect.poll(() => evaluate(browser, 'revealed'), PATIENCE).toEqual(HIDDEN);
    expect(await evaluate(browser, 'reveal()')).toEqual(HIDDEN);
  });
});

describe('A page that nobody watches', () => {
  it('should be left as it is', async () => {
    await using opened = open(isolation);
    const { browser, started } = opened;
    await started;
    await goto(browser, '/secret.html');
    expect(await evaluate(browser, 'reveal()')).toEqual(['text none', 'text none']);
  });
});
