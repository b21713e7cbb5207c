import { observeRequest } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from '../browser.js';
import { type TestIsolation, testSandbox } from '../testing/launch.js';
import { open } from '../testing/open-browser.js';
import { sitDown, sizeOf } from './testing/audience.js';

const PATIENCE_MS = 20_000;
const SOON_MS = 300;
const page = (body: string) => `data:text/html,${encodeURIComponent(`<body style="margin:0">${body}`)}`;
const STILL = page('<h1>Nothing moves</h1>');
/** Moves for as long as `isMoving`, and then says where it stopped. */
const MOVING = page(`<h1 id="count"></h1><script>
  n = 0; isMoving = true;
  const step = () => { count.textContent = n++; document.body.style.background = 'hsl(' + (n * 7) % 360 + ' 80% 50%)'; if (isMoving) requestAnimationFrame(step); };
  step();
</script>`);

let isolation: TestIsolation;
beforeAll(async () => {
  isolation = await testSandbox();
});
afterAll(() => isolation[Symbol.asyncDispose]());

const goto = (browser: Browser, url: string) => browser.use((pages) => pages.execute({ type: 'goto', url, waitUntil: 'load' }));
const evaluate = async (browser: Browser, expression: string) =>
  (await browser.use((pages) => pages.execute({ type: 'evaluate', expression }))).value;

describe.each(['headless-shell', 'chromium'] as const)('The screencast of %s', (kind) => {
  it('should show a page that does not move to the first who watches, and to whoever comes later, and then be silent', async () => {
    await using opened = open(isolation, { kind });
    const { browser, started } = opened;
    await started;
    await goto(browser, STILL);
    await using first = await sitDown(browser);
    const frame = await first.until(() => true);
    const { width, height } = (await browser.use((pages) => pages.observe(observeRequest.parse({})))).metadata.viewport;
    expect(frame).toMatchObject({ width, height });
    expect(sizeOf(frame.jpeg)).toEqual({ width, height });
    expect(Math.abs(frame.takenAtMs - Date.now())).toBeLessThan(PATIENCE_MS);
    await using second = await sitDown(browser);
    expect(second.frames).toEqual([first.frames.at(-1)]);
  });

  it('should follow the active tab', async () => {
    await using opened = open(isolation, { kind });
    const { browser, started } = opened;
    await started;
    await goto(browser, STILL);
    const [one] = await browser.use(async (pages) => pages.tabs());
    await using seat = await sitDown(browser);
    await seat.until(({ tabId }) => tabId === one?.id);
    const two = await browser.use((pages) => pages.openTab(MOVING));
    await seat.until(({ tabId }) => tabId === two.id);
    const seen = seat.frames.length;
    await browser.use((pages) => pages.execute({ type: 'switchTab', tabId: one?.id ?? '' }));
    await seat.until(({ tabId }, index) => index >= seen && tabId === one?.id);
    await browser.use((pages) => pages.execute({ type: 'switchTab', tabId: two.id }));
    await browser.use((pages) => pages.closeTab(two.id));
    const before = seat.frames.length;
    await evaluate(browser, 'document.body.style.background = "teal"');
    await seat.until(({ tabId }, index) => index >= before && tabId === one?.id);
  });

  it('should go on when the page goes to another site', async () => {
    await using opened = open(isolation, { kind });
    const { browser, started } = opened;
    await started;
    await goto(browser, STILL);
    await using seat = await sitDown(browser);
    await seat.until(() => true);
    await goto(browser, MOVING);
    const seen = seat.frames.length;
    await seat.until((_, index) => index > seen + 10);
  });
});

describe('The screencast', () => {
  it('should not be slowed down by one who cannot keep up, who gets the newest as soon as it can', async () => {
    await using opened = open(isolation);
    const { browser, started } = opened;
    await started;
    await goto(browser, MOVING);
    await using slow = await sitDown(browser, {}, false);
    await using fast = await sitDown(browser);
    await fast.until((_, index) => index > 30);
    expect(slow.frames).toEqual([]);
    slow.isReady = true;
    slow.isReady = false;
    // The fast one is given no more than it wants a second, and may still have to wait for it.
    const [newest] = slow.frames;
    expect(slow.frames).toHaveLength(1);
    expect(newest?.takenAtMs).toBeGreaterThanOrEqual(fast.frames.at(-1)?.takenAtMs ?? Number.POSITIVE_INFINITY);
  });

  it('should show what a page came to while nobody could take a frame', async () => {
    await using opened = open(isolation);
    const { browser, started } = opened;
    await started;
    await goto(browser, page(''));
    await using seat = await sitDown(browser);
    const blank = await seat.until(() => true);
    await goto(browser, MOVING);
    await seat.until((_, index) => index > 5);
    seat.isReady = false;
    await evaluate(
      browser,
      'new Promise((resolve) => { const end = n + 60; setInterval(() => n > end && resolve(isMoving = false), 10); })',
    );
    // Drawn, and thrown away by Chromium, before anybody can take a frame again.
    const frames =
      'new Promise((resolve) => { let n = 0; const step = () => (++n > 10 ? resolve() : requestAnimationFrame(step)); step(); })';
    await evaluate(browser, `document.body.innerHTML = document.body.style.background = ""; ${frames}`);
    const seen = seat.frames.length;
    seat.isReady = true;
    await seat.until(({ jpeg }, index) => index >= seen && jpeg.equals(blank.jpeg));
  });

  it('should give each no more frames than it wants', async () => {
    await using opened = open(isolation);
    const { browser, started } = opened;
    await started;
    await goto(browser, MOVING);
    const times: number[] = [];
    await using _ = await browser.screencast.watch({
      onFrame: () => times.push(performance.now()),
      isReady: () => true,
      wants: { maxWidth: 320, maxHeight: 320, maxFramesPerSecond: 10, quality: 40 },
    });
    await expect.poll(() => times.length, { timeout: PATIENCE_MS }).toBeGreaterThan(12);
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    expect((last - first) / (times.length - 1)).toBeGreaterThan(90);
  });

  it('should make pictures as large as the most demanding wants them, and others when that changes', async () => {
    await using opened = open(isolation);
    const { browser, started } = opened;
    await started;
    // One that moves is shown smaller by a machine that is too busy.
    await goto(browser, STILL);
    await using small = await sitDown(browser, { maxWidth: 320 });
    await small.until(({ jpeg }) => sizeOf(jpeg).width <= 320);
    await using large = await sitDown(browser, { maxWidth: 800 });
    await large.until(({ jpeg }) => sizeOf(jpeg).width === 800);
    large.watching.change({ maxWidth: 160, maxHeight: 160, maxFramesPerSecond: 30, quality: 50 });
    const seen = large.frames.length;
    await large.until(({ jpeg }, index) => index >= seen && sizeOf(jpeg).width <= 320);
  });

  it('should make pictures smaller for who is slow, and large again when nothing moves', async () => {
    await using opened = open(isolation);
    const { browser, started } = opened;
    await started;
    await goto(browser, MOVING);
    await using seat = await sitDown(browser);
    const { jpeg } = await seat.until(() => true);
    const full = sizeOf(jpeg).width;
    for (let seen = 0; sizeOf(seat.frames.at(-1)?.jpeg ?? jpeg).width === full && seen < 60; seen = seat.frames.length) {
      seat.isReady = false;
      await new Promise((resolve) => setTimeout(resolve, SOON_MS));
      seat.isReady = true;
      await seat.until((_, index) => index > seen);
    }
    expect(sizeOf(seat.frames.at(-1)?.jpeg ?? jpeg).width).toBeLessThan(full);
    const seen = seat.frames.length;
    await evaluate(browser, 'isMoving = false');
    await seat.until((frame, index) => index >= seen && sizeOf(frame.jpeg).width === full);
  });

  it('should wake a browser that sleeps, keep it awake, and leave nothing behind', async () => {
    await using opened = open(isolation, { standbyAfterMs: SOON_MS });
    const { browser, started } = opened;
    await started;
    await goto(browser, STILL);
    const isAsleep = () => expect.poll(() => browser.standby, { timeout: PATIENCE_MS, interval: 5 }).toBe('asleep');
    await isAsleep();
    const seat = await sitDown(browser);
    await seat.until(() => true);
    await new Promise((resolve) => setTimeout(resolve, 3 * SOON_MS));
    expect(browser.standby).toBe('awake');
    await seat[Symbol.asyncDispose]();
    expect(browser.screencast.audience).toBe(0);
    await isAsleep();
  });

  it('should be no activity that keeps a browser from its idle timeout', async () => {
    await using opened = open(isolation, { idleTimeoutMs: 4 * SOON_MS });
    const { browser, started } = opened;
    await started;
    await using seat = await sitDown(browser);
    await seat.until(() => true);
    await browser.ended;
    expect(browser.status).toBe('timed_out');
    await expect(sitDown(browser)).rejects.toMatchObject({ code: 'browser_not_running' });
  });
});
