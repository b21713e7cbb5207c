import { type Browser, Carrel } from '@carrel/sdk';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { giveBack, pointOf, takeControl } from './picture.js';
import { Visitor } from './visitor.js';

let server: TestServer;
let site: TestSite;
let browser: Browser;
let visitor: Visitor;

const page: typeof greetingPage = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><title>Keys</title>
    <style>body > * { position: absolute; left: 20px; width: 200px; height: 40px }</style>
    <textarea style="top: 20px"></textarea>
    <button style="top: 100px" onclick="window.answer = prompt('Name?', 'nobody'); document.querySelector('textarea').focus()">Ask</button>
    <input type="file" style="top: 180px">
    <select style="top: 260px"><option>amber<option disabled>blue<option selected>cyan<option>green<option>grey<option>red</select>
    <select id="low" style="bottom: 0">${Array.from({ length: 40 }, (_, index) => `<option>${index}`).join('')}</select>`);
};

beforeAll(async () => {
  site = await startSite(page);
  server = await startTestServer();
  browser = await new Carrel(server).browsers.open({}, { keepAlive: false });
  visitor = await Visitor.signedIn(server);
}, 60_000);
afterAll(async () => {
  await visitor?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});
const points: Record<string, { x: number; y: number }> = {};
beforeEach(async () => {
  await browser.execute({ type: 'goto', url: site.url });
  await visitor.goTo(`/browsers/${browser.id}`);
  await visitor.page.locator('canvas[data-has-picture]').waitFor();
  for (const selector of ['textarea', 'button', 'input', 'select', '#low'])
    points[selector] = await pointOf(visitor.page, browser, selector);
  await takeControl(visitor.page);
});
afterEach(() => visitor.assertNoComplaints());

const press = (selector: string) => visitor.page.mouse.click(points[selector]?.x ?? 0, points[selector]?.y ?? 0);
/** What the page that is watched says, when control has been given back. */
async function ask(expression: string): Promise<unknown> {
  await giveBack(visitor.page);
  return (await browser.execute({ type: 'evaluate', expression })).value;
}
const TYPED = 'document.querySelector("textarea").value';

describe('what is drawn over the picture', { timeout: 30_000 }, () => {
  it('should have the keys while it is there, and the page when it is gone: dialogs', async () => {
    const { keyboard } = visitor.page;
    const dialog = visitor.page.getByRole('alertdialog', { name: 'A dialog of the page' });
    await press('button');
    await dialog.waitFor();
    expect(await visitor.barriers()).toEqual([]);
    await keyboard.press('Control+a');
    await keyboard.type('Ada');
    // A press on the picture does not take them away for good.
    await press('textarea');
    for (
      let count = 0;
      count < 40 && !(await dialog.getByRole('button', { name: 'OK' }).evaluate((one) => one === document.activeElement));
      count++
    )
      await keyboard.press('Tab');
    await keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await keyboard.type('typed');
    expect(await ask(`[answer, ${TYPED}]`)).toEqual(['Ada', 'typed']);
    await takeControl(visitor.page);
    await press('button');
    await dialog.waitFor();
    await keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await keyboard.type(' again');
    expect(await ask(`[answer, ${TYPED}]`)).toEqual([null, 'typed again']);
  });

  it('should choose by keyboard as a select does, and stay where it can be seen', async () => {
    const { keyboard } = visitor.page;
    const list = visitor.page.getByRole('dialog', { name: 'A field of the page' });
    const focused = () => visitor.page.evaluate('document.activeElement.textContent');
    await press('select');
    await list.waitFor();
    await expect.poll(focused).toBe('cyan');
    const walked: unknown[] = [];
    for (const key of ['ArrowUp', 'ArrowUp', 'End', 'ArrowDown', 'Home', 'g', 'g', 'x']) {
      await keyboard.press(key);
      walked.push(await focused());
    }
    expect(walked).toEqual(['amber', 'amber', 'red', 'red', 'amber', 'green', 'grey', 'grey']);
    await keyboard.press('Enter');
    await list.waitFor({ state: 'detached' });
    // The page has the keys again, at its field.
    await keyboard.press('Tab');
    await keyboard.press(' ');
    await list.waitFor();
    const box = await visitor.page.locator('[data-takes-keys]').boundingBox();
    const own = await list.boundingBox();
    if (!box || !own) throw new Error('nothing is shown');
    expect(own.y).toBeGreaterThanOrEqual(box.y);
    expect(own.y + own.height).toBeLessThanOrEqual(points['#low']?.y ?? 0);
    expect(await visitor.page.evaluate('document.querySelector("[data-takes-keys]").scrollTop')).toBe(0);
    expect(await visitor.barriers()).toEqual([]);
    await keyboard.press('End');
    expect(await focused()).toBe('39');
    expect(await visitor.page.evaluate('document.querySelector("[data-takes-keys]").scrollTop')).toBe(0);
    await keyboard.press('ArrowUp');
    await keyboard.press('Enter');
    await list.waitFor({ state: 'detached' });
    expect(await ask('[...document.querySelectorAll("select")].map(({ value }) => value)')).toEqual(['grey', '38']);
  });

  it('should have the keys while it is there, and the page when it is gone: files and texts', async () => {
    const { keyboard } = visitor.page;
    await press('textarea');
    await press('input');
    const chooser = visitor.page.getByRole('dialog', { name: 'The page asks for files' });
    await chooser.waitFor();
    await keyboard.press('Tab');
    await keyboard.press('Enter'); // Cancel
    await chooser.waitFor({ state: 'detached' });
    await keyboard.press('Shift+Tab'); // back through the page
    await keyboard.press('Shift+Tab');
    await keyboard.type('copied');
    await keyboard.press('Control+a');
    await keyboard.press('Control+c');
    const note = visitor.page.getByRole('dialog', { name: 'Text from the page' });
    await note.getByText('copied').waitFor();
    await note.getByRole('button', { name: 'Close' }).click();
    await keyboard.press('End');
    await keyboard.type(', then typed');
    expect(await ask(TYPED)).toBe('copied, then typed');
  });
});
