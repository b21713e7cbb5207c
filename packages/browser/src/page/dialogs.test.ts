import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Drive, startDrive } from './testing/drive.js';

let drive: Drive;
beforeAll(async () => {
  drive = await startDrive();
});
afterAll(() => drive[Symbol.asyncDispose]());

const answer = () => drive.ask('window.answer');

describe('dialogs', () => {
  it.each([
    ['an alert', '#alert', { type: 'alert', message: 'Hello there' }, { accept: true }, 'alerted'],
    ['a confirm, to accept it', '#confirm', { type: 'confirm', message: 'Sure?' }, { accept: true }, true],
    ['a confirm, to dismiss it', '#confirm', { type: 'confirm', message: 'Sure?' }, { accept: false }, false],
    [
      'a prompt, to answer it',
      '#prompt',
      { type: 'prompt', message: 'Your name?', defaultValue: 'nobody' },
      { accept: true, promptText: 'Ada' },
      'Ada',
    ],
    [
      'a prompt, to take its default',
      '#prompt',
      { type: 'prompt', message: 'Your name?', defaultValue: 'nobody' },
      { accept: true },
      'nobody',
    ],
    ['a prompt, to dismiss it', '#prompt', { type: 'prompt', message: 'Your name?', defaultValue: 'nobody' }, { accept: false }, null],
  ])('should report %s that a click opens, and answer it', async (_, selector, dialog, reply, value) => {
    await drive.open('/dialogs.html');
    const clicked = await drive.done({ type: 'click', selector });
    expect(clicked.changes.dialog).toEqual(dialog);
    expect(clicked.message).toMatch(/answer it with an action of type dialog/);
    const seen = await drive.see();
    expect(seen).toMatchObject({ dialog, snapshot: '', elements: [], metadata: { url: `${drive.site.origin}/dialogs.html` } });
    expect(await drive.act({ type: 'click', selector: '#alert' })).toMatchObject({
      success: false,
      failure: 'dialog_open',
      changes: { dialog },
    });
    const replied = await drive.done({ type: 'dialog', ...reply });
    expect(replied.changes.dialog).toBeUndefined();
    expect(await answer()).toEqual(value);
    expect((await drive.see()).dialog).toBeUndefined();
  });

  it('should report the next dialog when one follows another, up to the end of a storm', async () => {
    await drive.open('/dialogs.html');
    await drive.done({ type: 'click', selector: '#chain' });
    expect((await drive.done({ type: 'dialog', accept: true })).changes.dialog).toMatchObject({ message: 'Two?' });
    await drive.done({ type: 'dialog', accept: false });
    expect(await answer()).toEqual([true, false]);
    await drive.done({ type: 'click', selector: '#storm' });
    for (let count = 1; count < 5; count += 1) {
      expect((await drive.done({ type: 'dialog', accept: true })).changes.dialog).toMatchObject({ message: `storm ${count}` });
    }
    expect((await drive.done({ type: 'dialog', accept: true })).changes.dialog).toBeUndefined();
    expect(await answer()).toBe('over');
  });

  it('should say that there is no dialog, and refuse text for what takes none', async () => {
    await drive.open('/dialogs.html');
    expect(await drive.act({ type: 'dialog', accept: true })).toMatchObject({ success: false, failure: 'no_dialog' });
    await drive.done({ type: 'click', selector: '#confirm' });
    expect(await drive.act({ type: 'dialog', accept: true, promptText: 'x' })).toMatchObject({ success: false, failure: 'not_actionable' });
    await drive.done({ type: 'dialog', accept: true });
  });

  it('should leave other tabs and the list of tabs alone while a dialog is open', async () => {
    await drive.open('/dialogs.html');
    await drive.done({ type: 'click', selector: '#alert' });
    const [first] = drive.browser.pages.tabs();
    const { tabId } = await drive.done({ type: 'newTab', url: `${drive.site.otherOrigin}/form.html` });
    expect((await drive.see()).snapshot).toContain('Full name');
    expect(await drive.act({ type: 'dialog', accept: true })).toMatchObject({
      failure: 'no_dialog',
      message: expect.stringContaining(first?.id ?? ''),
    });
    await drive.done({ type: 'closeTab', tabId });
    await drive.done({ type: 'dialog', accept: true });
  });

  it('should report a dialog that a page opens while it loads', async () => {
    const result = await drive.act({ type: 'goto', url: `${drive.site.origin}/alert-on-load` });
    expect(result).toMatchObject({ success: true, changes: { dialog: { message: 'at once' } } });
    await drive.done({ type: 'dialog', accept: true });
    expect((await drive.see()).snapshot).toContain('After');
  });

  it('should ask before leaving a page that wants it, and stay or go', async () => {
    await drive.open('/dialogs.html');
    await drive.done({ type: 'click', selector: '#leave' });
    const to = `${drive.site.origin}/form.html`;
    expect(await drive.act({ type: 'goto', url: to })).toMatchObject({ success: true, changes: { dialog: { type: 'beforeunload' } } });
    expect((await drive.done({ type: 'dialog', accept: false })).url).toMatch(/dialogs\.html$/);
    expect((await drive.done({ type: 'goto', url: to })).changes.dialog).toMatchObject({ type: 'beforeunload' });
    const left = await drive.done({ type: 'dialog', accept: true });
    expect(left.changes.url?.to).toBe(to);
  });

  it('should close a tab that wants to be asked, without asking', async () => {
    const { tabId } = await drive.done({ type: 'newTab', url: `${drive.site.origin}/dialogs.html` });
    await drive.done({ type: 'click', selector: '#leave' });
    await drive.done({ type: 'closeTab', tabId });
    expect(drive.browser.pages.tabs().map(({ id }) => id)).not.toContain(tabId);
  });

  it('should see and answer a dialog that was open before anything looked at a page', async () => {
    await using fresh = await startDrive();
    const { other, pages } = fresh.browser;
    const [tab] = pages.tabs();
    const { sessionId } = await other.send('Target.attachToTarget', { targetId: tab?.id ?? '', flatten: true });
    const opened = fresh.browser.emitted('dialog.opened');
    const asked = other.send('Runtime.evaluate', { expression: 'confirm("before")' }, { sessionId });
    await opened;
    expect(await fresh.see()).toMatchObject({ dialog: { type: 'confirm', message: 'before' } });
    expect(await fresh.act({ type: 'hover', selector: 'body' })).toMatchObject({ failure: 'dialog_open' });
    const second = await fresh.done({ type: 'newTab', url: `${fresh.site.origin}/form.html` });
    expect((await fresh.see()).snapshot).toContain('Full name');
    await fresh.done({ type: 'closeTab', tabId: second.tabId });
    await fresh.done({ type: 'dialog', tabId: tab?.id ?? '', accept: true });
    expect((await asked).result.value).toBe(true);
    await fresh.open('/form.html');
  });

  it('should notice when another client answers', async () => {
    await drive.open('/dialogs.html');
    const { other, pages } = drive.browser;
    const targetId = pages.tabs()[0]?.id ?? '';
    const { sessionId } = await other.send('Target.attachToTarget', { targetId, flatten: true });
    await other.send('Page.enable', undefined, { sessionId });
    await drive.done({ type: 'click', selector: '#confirm' });
    await other.send('Page.handleJavaScriptDialog', { accept: true }, { sessionId });
    expect(await answer()).toBe(true);
    await other.send('Target.detachFromTarget', { sessionId });
  });
});
