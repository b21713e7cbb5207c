import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Drive, element, startDrive } from './testing/drive.js';

let drive: Drive;
beforeAll(async () => {
  drive = await startDrive();
});
afterAll(() => drive[Symbol.asyncDispose]());

describe('observe', () => {
  it('should tell URL, title, tabs, viewport and scroll position', async () => {
    await drive.open('/widgets.html');
    await drive.done({ type: 'scroll', direction: 'down', amountPx: 300 });
    const { metadata } = await drive.see();
    expect(metadata).toMatchObject({ url: `${drive.site.origin}/widgets.html`, title: 'Widgets', viewport: { height: 720 } });
    expect(metadata.scroll).toMatchObject({ x: 0, y: 300 });
    expect(metadata.scroll.height).toBeGreaterThan(3_000);
    expect(metadata.tabs).toMatchObject([{ id: metadata.tabId, active: true, title: 'Widgets' }]);
  });

  it('should list fields with their values, states and boxes', async () => {
    await drive.open('/form.html');
    await drive.done({ type: 'fill', selector: '#name', value: 'Ada' });
    await drive.done({ type: 'check', selector: '#agree' });
    const seen = await drive.see();
    expect(element(seen, 'Full name')).toMatchObject({ role: 'textbox', value: 'Ada', states: expect.arrayContaining(['required']) });
    expect(element(seen, 'Locked')).toMatchObject({ value: 'fixed', states: ['readonly'] });
    expect(element(seen, 'Off').states).toEqual(['disabled']);
    expect(element(seen, 'I agree').states).toContain('checked');
    expect(element(seen, 'Fruit')).toMatchObject({ role: 'combobox', value: 'Apple' });
    expect(element(seen, 'Dark mode')).toMatchObject({ role: 'switch' });
    expect(element(seen, 'Message')).toMatchObject({ role: 'textbox', value: 'old text' });
    const { box } = element(seen, 'Send');
    const real = await drive.ask(
      `(({ x, y, width, height }) => ({ x, y, width, height }))(document.getElementById('submit').getBoundingClientRect())`,
    );
    expect(box).toEqual(Object.fromEntries(Object.entries(real as Record<string, number>).map(([side, px]) => [side, Math.round(px)])));
  });

  it('should never show a password', async () => {
    await drive.open('/form.html');
    const seen = await drive.see({ markdown: true });
    expect(element(seen, 'Password').value).toBe('••••••••');
    expect(JSON.stringify(seen)).not.toContain('hunter2-secret');
  });

  it('should never show a password that the page changes all the time', async () => {
    await drive.open('/restless-password');
    for (let round = 0; round < 8; round++) {
      const seen = await drive.see();
      expect(element(seen, 'Password').value).toBe('••••••••');
      expect(JSON.stringify(seen)).not.toContain('canary');
    }
  });

  it('should never show a password of the page that came while another one was looked at', async () => {
    await drive.open('/huge');
    const url = `${drive.site.otherOrigin}/form.html`;
    const [seen] = await Promise.all([drive.see(), drive.done({ type: 'goto', url })]);
    expect(seen.snapshot).toContain('Password');
    expect(JSON.stringify(seen)).not.toContain('hunter2-secret');
  });

  it('should see through frames of both origins, frames in frames and shadow roots, with boxes of the viewport', async () => {
    await drive.open('/frames.html');
    await drive.done({ type: 'wait', selector: 'text=Cross-origin' });
    await drive.done({ type: 'wait', text: 'Cross-origin' });
    const seen = await drive.see();
    const fields = seen.elements.filter(({ name }) => name === 'Inner field');
    expect(fields).toHaveLength(2);
    expect(fields[0]).toMatchObject({ states: ['required'] });
    const frameBox = (await drive.ask(`(({ x, y }) => ({ x, y }))(document.getElementById('same').getBoundingClientRect())`)) as {
      x: number;
      y: number;
    };
    const inFrame = (await drive.ask(
      `(({ x, y }) => ({ x, y }))(document.getElementById('same').contentDocument.getElementById('inner').getBoundingClientRect())`,
    )) as { x: number; y: number };
    // The frame has a border of 7 and a padding of 5 pixels.
    expect(fields[0]?.box?.x).toBeCloseTo(frameBox.x + 12 + inFrame.x, -0.5);
    expect(fields[0]?.box?.y).toBeCloseTo(frameBox.y + 12 + inFrame.y, -0.5);
    await drive.done({ type: 'fill', ref: fields[1]?.ref ?? '', value: 'deep' });
    const buttons = seen.elements.filter(({ name }) => name === 'Inner button');
    await drive.done({ type: 'click', ref: buttons[1]?.ref ?? '' });
    await drive.until('window.heard');
    expect(await drive.ask('window.heard')).toBe('?nested deep');
    await drive.done({ type: 'click', selector: 'text=Cross button' });
    await drive.until(`window.heard === 'cross clicked'`);
  });

  it('should say that a ref in a frame that has gone is stale', async () => {
    await drive.open('/frames.html');
    await drive.done({ type: 'wait', text: 'Cross-origin' });
    const { ref } = element(await drive.see(), 'Cross button');
    await drive.ask(`document.getElementById('cross').remove()`);
    expect(await drive.act({ type: 'click', ref, timeoutMs: 20_000 })).toMatchObject({ success: false, failure: 'stale_ref' });
  });

  it('should cut a huge page at line ends and say how much there is', async () => {
    await drive.open('/huge');
    const seen = await drive.see({ maxSnapshotChars: 5_000, maxElements: 20, markdown: true, timeoutMs: 60_000 });
    expect(seen.snapshot.length).toBeLessThanOrEqual(5_000);
    expect(seen.snapshot.length).toBeGreaterThan(4_500);
    expect(seen.snapshot.split('\n').at(-1)).toMatch(/^\s*- /);
    expect(seen.elements).toHaveLength(20);
    expect(seen.truncated.elements).toBe(2_480);
    expect(seen.truncated.snapshotChars).toBeGreaterThan(200_000);
    expect(seen.truncated.markdownChars).toBeGreaterThan(seen.markdown?.length ?? 0);
    expect(seen.markdown?.length).toBeLessThanOrEqual(5_000);
  }, 90_000);

  it('should add a picture and the main content when asked to', async () => {
    await drive.open('/article.html');
    const seen = await drive.see({ screenshot: true, markdown: true });
    expect(seen.markdown).toContain('only once');
    expect(seen.screenshot).toMatchObject({ format: 'jpeg', width: 1280, height: 720 });
    expect(Buffer.from(seen.screenshot?.base64 ?? '', 'base64').subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(seen.truncated).toEqual({ snapshotChars: 0, elements: 0, markdownChars: 0 });
  });

  it('should say that a tab is not there', async () => {
    await expect(drive.see({ tabId: '0'.repeat(32) })).rejects.toMatchObject({ code: 'not_found' });
  });
});
