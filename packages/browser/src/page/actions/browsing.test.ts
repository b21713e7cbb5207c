import type { ActionInput } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Drive, startDrive } from '../testing/drive.js';

let drive: Drive;
beforeAll(async () => {
  drive = await startDrive();
});
afterAll(() => drive[Symbol.asyncDispose]());

/** Back to one tab, whatever a test has opened. */
async function onlyOneTab(): Promise<void> {
  const [first, ...others] = drive.browser.pages.tabs();
  for (const { id } of others) await drive.browser.pages.closeTab(id);
  if (first !== undefined) await drive.done({ type: 'switchTab', tabId: first.id });
}

describe('browsing', () => {
  it('should go back, forward and reload, and say when there is nowhere to go', async () => {
    const { id } = await drive.browser.pages.openTab();
    await drive.open('/form.html');
    await drive.open('/article.html');
    expect(await drive.done({ type: 'back' })).toMatchObject({ title: 'A form with every kind of field' });
    expect((await drive.done({ type: 'forward' })).url).toBe(`${drive.site.origin}/article.html`);
    expect(await drive.act({ type: 'forward' })).toMatchObject({ success: false, failure: 'no_history' });
    await drive.ask('window.mark = 1');
    await drive.done({ type: 'reload' });
    expect(await drive.ask('typeof window.mark')).toBe('undefined');
    await drive.browser.pages.closeTab(id);
    await drive.browser.pages.openTab();
    expect(await drive.act({ type: 'back' })).toMatchObject({ success: false, failure: 'no_history' });
    await onlyOneTab();
  });

  const fails: [what: string, url: (site: Drive['site']) => string, failure: string, says: RegExp][] = [
    ['a host that is not there', () => 'http://no-such-host.invalid/', 'navigation_failed', /has no address/],
    ['a secure host that is not there', () => 'https://no-such-host.invalid/', 'navigation_failed', /has no address/],
    ['an address of this network', () => 'http://169.254.169.254/latest/', 'blocked_url', /not on the public internet/],
    ['a secure address of this network', () => 'https://[fe80::1]/', 'blocked_url', /not on the public internet/],
    ['a host that refuses', () => 'http://127.0.0.1:9/', 'navigation_failed', /refused|port/],
    ['redirects in a circle', ({ origin }) => `${origin}/circle`, 'navigation_failed', /circle/],
    ['a host that hangs up', ({ origin }) => `${origin}/cut`, 'navigation_failed', /broke it before it had answered/],
    ['an answer without content', ({ origin }) => `${origin}/nothing`, 'navigation_failed', /nothing to show/],
    ['a host that never answers', ({ origin }) => `${origin}/silent`, 'timeout', /has not answered/],
  ];
  it.each(fails)('should fail to open %s, in plain words', async (_, url, failure, says) => {
    await drive.open('/form.html');
    const result = await drive.act({ type: 'goto', url: url(drive.site), timeoutMs: failure === 'timeout' ? 500 : 10_000 });
    expect(result).toMatchObject({ success: false, failure });
    expect(result.message).toMatch(says);
    expect(result.message).not.toMatch(/Call log|page\.goto|\n/);
  });

  it('should say the same of a host that never answers when it is tried again', async () => {
    await drive.open('/form.html');
    for (const attempt of [1, 2, 3]) {
      const result = await drive.act({ type: 'goto', url: `${drive.site.origin}/silent`, timeoutMs: 400 });
      expect(result, `attempt ${attempt}`).toMatchObject({ success: false, failure: 'timeout' });
    }
  });

  it.each(['file:///etc/passwd', 'chrome://version', 'javascript:alert(1)', 'view-source:http://a/', 'devtools://x', 'about:srcdoc'])(
    'should refuse to open %s',
    async (url) => {
      const { pages } = drive.browser;
      for (const action of [
        { type: 'goto', url, waitUntil: 'load' },
        { type: 'newTab', url, waitUntil: 'load' },
      ] as const) {
        expect(await pages.execute(action)).toMatchObject({ success: false, failure: 'blocked_url' });
      }
      expect(await pages.execute({ type: 'download', url })).toMatchObject({ success: false, failure: 'blocked_url' });
      await expect(pages.openTab(url)).rejects.toMatchObject({ code: 'invalid_request' });
      await onlyOneTab();
    },
  );

  it('should open a page that answers with an error status, and say so', async () => {
    const result = await drive.open('/missing');
    expect(result.message).toContain('HTTP 404');
  });

  it.each([
    ['a link', '#link', /form\.html$/],
    ['a slow link', '#slow', /\/slow/],
    ['a script', '#script', /form\.html$/],
    ['a script in its own time', '#soon', /form\.html$/],
    ['a form', '#form', /\/echo\?q=1$/],
    ['an anchor', '#hash', /#there$/],
    ['the history', '#push', /\/pushed$/],
  ])('should have arrived when a click on %s is reported', async (_, selector, to) => {
    for (let round = 0; round < 3; round += 1) {
      await drive.open('/dialogs.html');
      const result = await drive.done({ type: 'click', selector });
      expect(result.changes.url?.from).toMatch(/dialogs\.html$/);
      expect(result.changes.url?.to).toMatch(to);
      expect(result.url).toBe(result.changes.url?.to);
    }
  });

  it.each([
    ['window.open', '#window'],
    ['a target', '#blank'],
    ['a target without opener', '#noopener'],
  ])('should report a tab that opens by %s and stay where it is', async (_, selector) => {
    await onlyOneTab();
    await drive.open('/dialogs.html');
    const here = drive.browser.pages.tabs()[0];
    const result = await drive.done({ type: 'click', selector });
    expect(result.changes.newTabs).toMatchObject([{ url: `${drive.site.origin}/form.html`, active: false }]);
    expect(result.message).toMatch(/new tab opened .*switchTab/);
    expect(drive.browser.pages.tabs().find(({ active }) => active)?.id).toBe(here?.id);
    const tabId = result.changes.newTabs?.[0]?.id ?? '';
    await drive.done({ type: 'switchTab', tabId });
    expect((await drive.see()).metadata).toMatchObject({ tabId, title: 'A form with every kind of field' });
    const closed = await drive.done({ type: 'closeTab' });
    expect(closed.changes.closedTabs).toEqual([tabId]);
    expect(drive.browser.pages.tabs()).toMatchObject([{ id: here?.id, active: true }]);
  });

  it('should open, choose and close tabs, and never be without one', async () => {
    await onlyOneTab();
    const opened = await drive.done({ type: 'newTab', url: `${drive.site.origin}/form.html` });
    expect(opened).toMatchObject({ url: `${drive.site.origin}/form.html`, changes: { newTabs: [{ active: true }] } });
    const [first] = drive.browser.pages.tabs();
    await drive.done({ type: 'fill', tabId: opened.tabId, selector: '#name', value: 'here' });
    await drive.done({ type: 'switchTab', tabId: first?.id ?? '' });
    await drive.done({ type: 'closeTab', tabId: opened.tabId });
    expect(await drive.act({ type: 'click', tabId: opened.tabId, selector: 'a' })).toMatchObject({
      success: false,
      failure: 'tab_not_found',
    });
    expect(await drive.act({ type: 'switchTab', tabId: opened.tabId })).toMatchObject({ success: false, failure: 'tab_not_found' });
    await expect(drive.see({ tabId: opened.tabId })).rejects.toMatchObject({ code: 'not_found' });
    await drive.done({ type: 'closeTab' });
    expect(drive.browser.pages.tabs()).toMatchObject([{ url: 'about:blank', active: true }]);
    await drive.open('/form.html');
  });

  it('should report that a page closed its own tab', async () => {
    await drive.open('/dialogs.html');
    const { changes } = await drive.done({ type: 'click', selector: '#window' });
    const tabId = changes.newTabs?.[0]?.id ?? '';
    await drive.done({ type: 'goto', tabId, url: `${drive.site.origin}/dialogs.html` });
    const result = await drive.done({ type: 'click', tabId, selector: '#close' });
    expect(result.changes.closedTabs).toEqual([tabId]);
  });

  const scripts: [expression: string, value: unknown, arg?: unknown][] = [
    ['1 + 1', 2],
    ['({ a: [1, null, "x"] })', { a: [1, null, 'x'] }],
    ['{ a: 1 }', { a: 1 }],
    ['undefined', null],
    ['12345678901234567890n', '12345678901234567890'],
    ['const x = 20; x + 1', 21],
    ['await Promise.resolve(7)', 7],
    ['async () => 8', 8],
    ['(arg) => arg.n * 2', 18, { n: 9 }],
    ['function (arg) { return arg }', null],
    ['new Promise((resolve) => setTimeout(resolve, 5, "late"))', 'late'],
  ];
  it.each(scripts)('should evaluate %s', async (expression, value, arg) => {
    await drive.open('/form.html');
    const input = { type: 'evaluate', expression, ...(arg === undefined ? {} : { arg }) } as ActionInput;
    expect((await drive.done(input)).value).toEqual(value);
  });

  it.each([
    ['throw new Error("boom")', /boom/],
    ['(() => { throw { code: 7 } })()', /code/],
    ['syntax error here', /SyntaxError/],
    ['const loop = {}; loop.loop = loop; loop', /JSON/],
    ['Promise.reject(new TypeError("later"))', /TypeError: later/],
  ])('should tell what %s throws', async (expression, says) => {
    const result = await drive.act({ type: 'evaluate', expression });
    expect(result).toMatchObject({ success: false, failure: 'script_error' });
    expect(result.message).toMatch(says);
  });

  it('should stop a script that never ends, and go on with the page', async () => {
    await drive.open('/form.html');
    expect(await drive.act({ type: 'evaluate', expression: 'while (true) {}', timeoutMs: 400 })).toMatchObject({ failure: 'timeout' });
    expect(await drive.ask('1')).toBe(1);
  });

  it('should run actions on one tab one after the other', async () => {
    await drive.open('/form.html');
    await Promise.all(['aaaaaaaaaa', 'bbbbbbbbbb'].map((text) => drive.done({ type: 'type', selector: '#notes', text })));
    expect(await drive.ask('document.getElementById("notes").value')).toMatch(/^(a{10}b{10}|b{10}a{10})$/);
  });

  it('should give up at once when the caller does', async () => {
    await drive.open('/form.html');
    const controller = new AbortController();
    const waiting = drive.browser.pages.execute({ type: 'click', selector: '#never', timeoutMs: 60_000 }, controller.signal);
    controller.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await drive.done({ type: 'click', selector: '#name' });
  });

  it('should log what was done without what was typed', async () => {
    await drive.open('/form.html');
    await drive.done({ type: 'fill', selector: '#password', value: 'do-not-log-me' });
    await drive.act({ type: 'goto', url: drive.site.origin.replace('http://', 'http://user:log-secret@') });
    const log = JSON.stringify(drive.browser.events);
    expect(log).toContain('{"type":"fill","success":true}');
    expect(log).toContain('tab.navigated');
    expect(log).not.toContain('do-not-log-me');
    expect(log).not.toContain('log-secret');
  });
});
