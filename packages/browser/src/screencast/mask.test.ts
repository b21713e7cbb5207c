import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from '../browser.js';
import { startTestSite, type TestSite } from '../page/testing/test-site.js';
import { type TestIsolation, testSandbox } from '../testing/launch.js';
import { open } from '../testing/open-browser.js';
import { sitDown } from './testing/audience.js';

const PATIENCE = { timeout: 10_000, interval: 10 };
/** Long enough that a field is one for passwords nearly always when Chromium is asked for such. */
const NOW_AND_THEN = { timeout: 10_000, interval: 300 };
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
  browser.use((pages) => pages.execute({ type: 'goto', url: new URL(path, site.origin).href, waitUntil: 'load' }));
const evaluate = async (browser: Browser, expression: string) => {
  const { success, message, value } = await browser.use((pages) => pages.execute({ type: 'evaluate', expression }));
  if (!success) throw new Error(message);
  return value;
};

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

const CLOSED = `data:text/html,${encodeURIComponent(`<div id="host"></div><script>
  const root = host.attachShadow({ mode: 'closed' });
  root.innerHTML = '<input type="password" value="hunter4">';
  add = () => root.append(Object.assign(document.createElement('input'), { type: 'password' }));
  at = (index) => root.querySelectorAll('input')[index];
  const drawn = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  revealed = async (index) => {
    Object.assign(at(index), { type: 'text' }).style.cssText = '-webkit-text-security: none';
    await drawn();
    const seen = getComputedStyle(at(index)).getPropertyValue('-webkit-text-security');
    Object.assign(at(index), { type: 'password' }).style.cssText = '';
    return seen;
  };
  typeInto = () => (add(), at(1).focus(), at(1).type);
</script>`)}`;

describe('A password in a closed shadow tree', () => {
  it('should be dots when it was there as the page came, and when somebody has begun to type it', async () => {
    await using opened = open(isolation);
    const { browser, started } = opened;
    await started;
    await goto(browser, CLOSED);
    expect(await evaluate(browser, 'revealed(0)')).toBe('none');
    await using seat = await sitDown(browser);
    await seat.until(() => true);
    // It is looked for, which takes a moment: as long as nobody has found it, it is shown, and then never again.
    await expect.poll(() => evaluate(browser, 'revealed(0)'), NOW_AND_THEN).toBe('disc');
    expect(await evaluate(browser, 'typeInto()')).toBe('password');
    await expect.poll(() => evaluate(browser, 'revealed(1)'), NOW_AND_THEN).toBe('disc');
    await goto(browser, CLOSED);
    await expect.poll(() => evaluate(browser, 'revealed(0)'), NOW_AND_THEN).toBe('disc');
  });

  it('should be dots when the page has rendered it some time after it loaded, and nobody has touched it', async () => {
    await using opened = open(isolation);
    const { browser, started } = opened;
    await started;
    await goto(browser, CLOSED);
    await using seat = await sitDown(browser);
    await seat.until(() => true);
    await expect.poll(() => evaluate(browser, 'revealed(0)'), NOW_AND_THEN).toBe('disc');
    expect(await evaluate(browser, 'add(), at(1).type')).toBe('password');
    await expect.poll(() => evaluate(browser, 'revealed(1)'), NOW_AND_THEN).toBe('disc');
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
