import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser } from '../browser.js';
import { startTestSite, type TestSite } from '../page/testing/test-site.js';
import { type TestIsolation, testSandbox } from '../testing/launch.js';
import { open } from '../testing/open-browser.js';
import type { ConsoleMessage } from './watch.js';

const PATIENCE = { timeout: 10_000, interval: 20 };
/** Writes what tells on whoever looks into it, as pages do that want to know whether they are debugged; gives what has told. */
const TRAPS = `(() => {
  const told = [];
  const note = (what) => (told.push(what), '');
  const stack = Object.defineProperty(new Error('trap'), 'stack', { get: () => note('stack') });
  const proxy = new Proxy({}, {
    ownKeys: () => (note('keys'), []), getPrototypeOf: () => (note('prototype'), null), get: (_, name) => note('get ' + String(name)),
  });
  const named = new (class extends Error { get name() { return note('name'); } })();
  const chained = Object.setPrototypeOf(new Error(), new Proxy(Error.prototype, {
    get: (target, name) => (note('chain ' + String(name)), Reflect.get(target, name)),
  }));
  const written = [/x/, new Date(), () => 1].map((one) => Object.assign(one, { toString: () => note('text') }));
  Error.prepareStackTrace = () => note('prepare');
  for (const method of ['debug', 'log', 'dir', 'table', 'error']) {
    for (const one of [stack, { get id() { return note('id'); } }, proxy, named, chained, ...written]) console[method](one);
  }
  delete Error.prepareStackTrace;
  return told;
})()`;

let isolation: TestIsolation;
let site: TestSite;
beforeAll(async () => {
  [isolation, site] = await Promise.all([testSandbox(), startTestSite()]);
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await isolation?.[Symbol.asyncDispose]();
});

const evaluate = async (browser: Browser, expression: string) =>
  (await browser.use((pages) => pages.execute({ type: 'evaluate', expression }))).value;

it('should hear what pages, their frames and workers write, of which no page finds out anything', async () => {
  await using opened = open(isolation, { kind: 'headless-shell' });
  const { browser, started } = opened;
  await started;
  await browser.use((pages) => pages.execute({ type: 'goto', url: `${site.origin}/article.html`, waitUntil: 'load' }));
  const told = await evaluate(browser, TRAPS);

  const heard: ConsoleMessage[] = [];
  const muted: string[] = [];
  const onMuted = (tabId: string) => muted.push(tabId);
  {
    await using _watch = await browser.watchConsole({ onMessage: (message) => heard.push(message), onMuted, uncaughtErrors: false });
    expect(await evaluate(browser, TRAPS)).toEqual(told);
    await evaluate(
      browser,
      `console.warn('from %s', 'the page', { a: 1 }, [1, 2]); console.assert(false, 'not so'); fetch('/no-such-thing');
       document.body.append(Object.assign(document.createElement('iframe'), { src: 'data:text/html,<script>console.log("from a frame")</script>' }));
       setTimeout(() => { throw new Error('uncaught'); });
       void new Worker(URL.createObjectURL(new Blob(["console.info('from a worker')"])))`,
    );
    await expect
      .poll(() => heard.map(({ level, text }) => `${level} ${text}`), PATIENCE)
      .toEqual(
        expect.arrayContaining([
          'warning from %s the page [object Object] 1,2',
          'error not so',
          expect.stringMatching(/^error Failed to load resource: .*404/),
          'info from a worker',
          'log from a frame',
        ]),
      );
    expect(heard.filter(({ text }) => text.includes('uncaught'))).toEqual([]);
    expect(new Set(heard.map(({ tabId }) => tabId)).size).toBe(1);
  }

  // The traps work: whoever asks for more than that is told on.
  await using _watch = await browser.watchConsole({ onMessage: (message) => heard.push(message), onMuted, uncaughtErrors: true });
  await evaluate(browser, `setTimeout(() => { throw new Error('uncaught'); }); 0`);
  await expect.poll(() => heard.map(({ text }) => text), PATIENCE).toContainEqual(expect.stringContaining('Error: uncaught'));
  expect(await evaluate(browser, TRAPS)).not.toEqual(told);

  // One that writes without end is not listened to, and nothing that it writes is too long.
  await evaluate(browser, `console.log('x'.repeat(12_000_000)); for (let n = 0; n < 20_000; n++) console.log('noise'); 0`);
  await expect.poll(() => muted, PATIENCE).toEqual([heard[0]?.tabId]);
  // A thousand, and as many again for each second that it took a busy machine to write and hear the first ones.
  expect(heard.filter(({ text }) => text === 'noise').length).toBeLessThan(10_000);
  expect(browser.status).toBe('running');
});
