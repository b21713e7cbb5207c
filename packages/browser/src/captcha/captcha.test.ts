import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { action } from '@carrel/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startTestBrowser, type TestBrowser } from '../page/testing/test-browser.js';
import { KINDS_IN_PROOF } from '../testing/scale.js';
import { type Captcha, CaptchaWatch } from './index.js';

const KEY = 'site-key-1';
const BOX = 'style="display: block; width: 304px; height: 78px"';
/** What the widgets of the makers put into a page, without their scripts. */
const FORMS = {
  recaptcha: `<div class="g-recaptcha" data-sitekey="${KEY}" data-callback="site.done" ${BOX}></div><textarea name="g-recaptcha-response" hidden></textarea>`,
  hcaptcha: `<div class="h-captcha" data-sitekey="${KEY}" data-callback="done" ${BOX}></div><textarea name="h-captcha-response" hidden></textarea>`,
  turnstile: `<div class="cf-turnstile" data-sitekey="${KEY}" ${BOX}></div><input type="hidden" name="cf-turnstile-response">`,
  arkose: `<iframe src="https://client-api.arkoselabs.com/fc/" ${BOX}></iframe>`,
  geetest: `<div class="geetest_captcha" ${BOX}></div>`,
  datadome: `<iframe src="https://geo.captcha-delivery.com/captcha/" ${BOX}></iframe>`,
  press_and_hold: `<div id="px-captcha" ${BOX}></div>`,
  image: `<form><img id="captcha-image" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='120' height='40'/>" width="120" height="40">
    <input name="other" type="hidden"><input name="verification"></form>`,
} as const satisfies Record<Captcha['kind'], string>;
const HARMLESS: Record<string, string> = {
  'an invisible reCAPTCHA': `<div class="g-recaptcha" data-sitekey="${KEY}" data-size="invisible" ${BOX}></div>
    <iframe src="https://www.google.com/recaptcha/api2/anchor?k=${KEY}&size=invisible" ${BOX}></iframe>
    <div style="visibility: hidden"><iframe src="https://www.google.com/recaptcha/api2/bframe?k=${KEY}" ${BOX}></iframe></div>`,
  'a hidden widget': `<div hidden><div class="h-captcha" data-sitekey="${KEY}"></div></div>`,
  'one that is solved': `<div class="cf-turnstile" ${BOX}></div><input type="hidden" name="cf-turnstile-response" value="0.token">`,
  'a page that speaks of captchas': `<h1>captcha</h1><img alt="A cat" width="90" height="90"><form><input name="code"></form>`,
};
const SCRIPT = `<script>globalThis.heard = []; function done(token) { heard.push(token); } globalThis.site = { done }</script>`;

describe.each(KINDS_IN_PROOF)('What a captcha watch sees in a %s', (kind) => {
  let browser: TestBrowser;
  let server: Server;
  let origin = '';
  let watch: CaptchaWatch;
  let body = '';
  beforeAll(async () => {
    browser = await startTestBrowser({ kind });
    server = createServer((request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        request.url === '/around'
          ? `<iframe src="${origin.replace('127.0.0.1', 'localhost')}/" width="400" height="300"></iframe>`
          : SCRIPT + body,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await browser[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    watch = await CaptchaWatch.start(browser.multiplexer, () => {});
  });
  afterEach(() => watch[Symbol.asyncDispose]());

  const go = async (html: string, path = '/') => {
    body = html;
    const { success, message } = await browser.pages.execute(action.parse({ type: 'goto', url: origin + path, waitUntil: 'load' }));
    if (!success) throw new Error(message);
  };
  const ask = async (expression: string) => (await browser.pages.execute(action.parse({ type: 'evaluate', expression }))).value;
  const seen = () => watch.captchas.map(({ kind: of, siteKey }) => ({ kind: of, siteKey }));
  const sees = (expected: unknown[]) => expect.poll(seen, { timeout: 10_000, interval: 20 }).toEqual(expected);

  it.each(Object.entries(FORMS))('should be a %s, until it has gone', async (of, html) => {
    await go(html);
    const [tab] = browser.pages.tabs();
    const siteKey = ['recaptcha', 'hcaptcha', 'turnstile'].includes(of) ? KEY : null;
    await sees([{ kind: of, siteKey }]);
    expect(watch.captchas[0]?.tabId).toBe(tab?.id);
    await go('<h1>Welcome</h1>');
    await sees([]);
  });

  it.each(Object.entries(HARMLESS))('should not be %s', async (_, html) => {
    // What comes after it has been looked at is seen: so has it.
    await go(html);
    await ask(`document.body.insertAdjacentHTML('beforeend', '<div id="px-captcha" style="height: 90px"></div>'), null`);
    await sees([{ kind: 'press_and_hold', siteKey: null }]);
  });

  it('should be one that comes later, in a frame of another site, and one that was there before', async () => {
    await go('', '/around');
    expect(seen()).toEqual([]);
    await go(FORMS.turnstile, '/around');
    await sees([{ kind: 'turnstile', siteKey: KEY }]);
    const late = await CaptchaWatch.start(browser.multiplexer, () => {});
    await expect.poll(() => late.captchas).toEqual(watch.captchas);
    await late[Symbol.asyncDispose]();
    expect(await watch.answer({ tabId: watch.captchas[0]?.tabId ?? '', kind: 'turnstile' }, '0.token')).toBe(true);
    await sees([]);
  });

  it.each(['recaptcha', 'hcaptcha', 'turnstile'] as const)('should be solved by an answer: %s', async (of) => {
    await go(FORMS[of]);
    await sees([{ kind: of, siteKey: KEY }]);
    expect(await watch.answer({ tabId: watch.captchas[0]?.tabId ?? '', kind: of }, `it's "solved"`)).toBe(true);
    await sees([]);
    const field = { recaptcha: 'g-recaptcha', hcaptcha: 'h-captcha', turnstile: 'cf-turnstile' }[of];
    expect(await ask(`document.getElementsByName('${field}-response')[0].value`)).toBe(`it's "solved"`);
    if (of !== 'turnstile') expect(await ask('heard')).toEqual([`it's "solved"`]);
  });

  it('should be a picture, which can be had, and answered in its field', async () => {
    await go(FORMS.image);
    await sees([{ kind: 'image', siteKey: null }]);
    const [{ tabId }] = watch.captchas as [Captcha];
    const picture = await watch.picture(tabId);
    expect(picture?.subarray(1, 4).toString()).toBe('PNG');
    expect([picture?.readUInt32BE(16), picture?.readUInt32BE(20)]).toEqual([120, 40]);
    expect(await watch.answer({ tabId, kind: 'image' }, 'w7kp')).toBe(true);
    const isFilled = () => watch.captchas.map((captcha) => captcha.isFilled);
    await expect.poll(isFilled).toEqual([true]);
    expect(await ask(`document.forms[0].verification.value`)).toBe('w7kp');
    await ask(`document.forms[0].reset(), null`);
    await expect.poll(isFilled).toEqual([false]);
    await ask(`document.getElementById('captcha-image').remove(), null`);
    await sees([]);
    expect(await watch.picture(tabId)).toBeUndefined();
  });

  it.each([
    ['after it', '<input name="user">PICTURE<input name="answer"><input name="later">'],
    ['before it where there is none after it', '<input name="user"><input name="answer">PICTURE'],
  ])('should be a picture that is answered in the field %s', async (_, html) => {
    await go(html.replace('PICTURE', `<img alt="captcha" ${BOX}>`));
    await sees([{ kind: 'image', siteKey: null }]);
    const [{ tabId }] = watch.captchas as [Captcha];
    expect(await watch.answer({ tabId, kind: 'image' }, 'w7kp')).toBe(true);
    const filled = `Object.fromEntries([...document.querySelectorAll('input')].flatMap(({ name, value }) => (value ? [[name, value]] : [])))`;
    expect(await ask(filled)).toEqual({ answer: 'w7kp' });
  });

  it('should stay out of the sight and the reach of pages', async () => {
    await go(`<script>globalThis.found = Object.getOwnPropertyNames(globalThis).filter((name) => /carrel/i.test(name));
      Array.prototype.find = () => { throw new Error('mine') }; JSON.stringify = () => 'mine'; globalThis.MutationObserver = undefined;</script>${FORMS.geetest}`);
    await sees([{ kind: 'geetest', siteKey: null }]);
    expect(await ask('found')).toEqual([]);
  });
});
