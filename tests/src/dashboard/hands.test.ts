import { readFile } from 'node:fs/promises';
import { type Browser, Carrel } from '@carrel/sdk';
import type { CDPSession } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { pointOf, takeControl } from './picture.js';
import { Visitor } from './visitor.js';

/** On a busy machine. */
const PATIENCE = { timeout: 10_000 };

let server: TestServer;
let site: TestSite;
let browser: Browser;
let visitor: Visitor;
/** The visitor's own browser, which is given fingers and an input method by it. */
let hands: CDPSession;

const page: typeof greetingPage = (request, response) => {
  if (request.url === '/report') {
    response.writeHead(200, { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="report.csv"' });
    response.end('title,price');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><title>Hands</title>
    <style>body { margin: 0 } body > * { position: absolute; left: 20px; width: 300px }</style>
    <textarea style="top: 20px; height: 60px"></textarea>
    <div id="pad" style="top: 120px; height: 200px; background: #ddd; touch-action: none"></div>
    <a style="top: 340px" href="/report" download>Report</a>
    <script>
      window.touches = [];
      for (const type of ['touchstart', 'touchmove', 'touchend'])
        pad.addEventListener(type, (event) => touches.push(type.slice(5) + event.touches.length));
      // The address bar shows it, also while a person is in control.
      addEventListener('resize', () => history.replaceState(null, '', '#' + innerWidth));
      window.compositions = [];
      for (const type of ['compositionstart', 'compositionend'])
        document.addEventListener(type, (event) => compositions.push(type.slice(11) + event.data));
    </script>`);
};

/** What the page that is watched says. Control is given back for that: nobody else does anything while a person has it. */
async function ask(expression: string): Promise<unknown> {
  await visitor.page.getByRole('button', { name: 'Give back' }).click();
  await visitor.page.getByText('Nobody is in control').waitFor();
  const { value } = await browser.execute({ type: 'evaluate', expression });
  await takeControl(visitor.page);
  return value;
}
const press = async (selector: string) => {
  const point = points[selector];
  if (point === undefined) throw new Error(`nobody has looked where ${selector} is`);
  await visitor.page.mouse.click(point.x, point.y);
};
const points: Record<string, { x: number; y: number }> = {};

beforeAll(async () => {
  server = await startTestServer();
  site = await startSite(page);
  browser = await new Carrel(server).browsers.open({}, { keepAlive: false });
  await browser.execute({ type: 'goto', url: site.url });
  visitor = await Visitor.signedIn(server);
  const context = visitor.page.context();
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
  hands = await context.newCDPSession(visitor.page);
  await hands.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 2 });
  await visitor.goTo(`/browsers/${browser.id}`);
  await visitor.page.locator('canvas[data-has-picture]').waitFor();
  for (const selector of ['textarea', '#pad', 'a']) points[selector] = await pointOf(visitor.page, browser, selector);
  await takeControl(visitor.page);
}, 60_000);
afterAll(async () => {
  await visitor?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});
afterEach(() => visitor.assertNoComplaints());

describe('what a person does in the picture', { timeout: 30_000 }, () => {
  it('should be done in the page with one finger and with two', async () => {
    const { x = 0, y = 0 } = points['#pad'] ?? {};
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number; id: number }[]) =>
      hands.send('Input.dispatchTouchEvent', { type, touchPoints });
    await touch('touchStart', { x, y, id: 0 });
    await touch('touchStart', { x, y, id: 0 }, { x: x + 40, y, id: 1 });
    await touch('touchMove', { x: x - 20, y, id: 0 }, { x: x + 60, y, id: 1 });
    await touch('touchEnd');
    expect(await ask('touches.join(" ")')).toMatch(/^start1 start2 (move2 )+end\d( end0)?$/);
  });

  it('should reach the page from an input method: what is being composed, and what came of it', async () => {
    await press('textarea');
    await hands.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 });
    await hands.send('Input.imeSetComposition', { text: 'にほん', selectionStart: 3, selectionEnd: 3 });
    await hands.send('Input.insertText', { text: '日本' });
    expect(await ask('[document.querySelector("textarea").value, compositions[0]]')).toEqual(['日本', 'start']);
  });

  it('should go over the clipboard both ways, when it is asked for', async () => {
    const { keyboard } = visitor.page;
    await press('textarea');
    await keyboard.press('Control+a');
    await keyboard.press('Control+c');
    const note = visitor.page.getByRole('dialog', { name: 'Text from the page' });
    await note.getByText('日本').waitFor();
    await note.getByRole('button', { name: 'Copy to the clipboard' }).click();
    await note.waitFor({ state: 'detached' });
    expect(await visitor.page.evaluate('navigator.clipboard.readText()')).toBe('日本');
    await visitor.page.evaluate("navigator.clipboard.writeText('two\\nlines')");
    await press('textarea');
    await keyboard.press('Control+a');
    await keyboard.press('Control+v');
    expect(await ask('document.querySelector("textarea").value')).toBe('two\nlines');
  });

  it('should select what the mouse is dragged over', async () => {
    await ask('document.querySelector("textarea").value = "Words ".repeat(50)');
    const { x = 0, y = 0 } = points.textarea ?? {};
    const { mouse } = visitor.page;
    await mouse.move(x - 30, y);
    await mouse.down();
    await mouse.move(x + 30, y, { steps: 3 });
    await mouse.up();
    const selected = '(({ selectionStart, selectionEnd }) => selectionEnd - selectionStart)(document.querySelector("textarea"))';
    expect(await ask(selected)).toBeGreaterThan(3);
  });

  it('should bring over what the page has downloaded', async () => {
    await press('a');
    const downloads = visitor.page.getByRole('list', { name: 'Downloads' });
    await downloads.getByRole('link', { name: 'report.csv' }).waitFor();
    const coming = visitor.page.waitForEvent('download');
    await downloads.getByRole('link', { name: 'report.csv' }).click();
    const download = await coming;
    expect(download.suggestedFilename()).toBe('report.csv');
    expect(await readFile(await download.path(), 'utf8')).toBe('title,price');
  });

  it('should make the page larger, and as wide as the picture', async () => {
    const address = () => visitor.page.getByLabel('Address').inputValue();
    await visitor.page.getByLabel('Zoom').selectOption('2');
    await expect.poll(address, PATIENCE).toMatch(/#640$/);
    await visitor.page.getByRole('button', { name: 'Fit to here' }).click();
    const box = await visitor.page.locator('canvas').boundingBox();
    await expect.poll(address, PATIENCE).toBe(`${site.url}/#${Math.round(Math.round(box?.width ?? 0) / 2)}`);
  });
});

describe('a page that is closed', { timeout: 30_000 }, () => {
  it('should leave no link of its own behind', async () => {
    const client = new Carrel(server);
    const links = async () =>
      (await client.browsers.listLiveLinks(browser.id).page()).data.filter(({ scope }) => scope === 'control').length;
    expect(await links()).toBe(1);
    await visitor.page.close({ runBeforeUnload: true }); // as people close theirs
    await expect.poll(links, PATIENCE).toBe(0);
  });
});
