import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { Visitor } from './visitor.js';

let server: TestServer;
let site: TestSite;

beforeAll(async () => {
  server = await startTestServer({ CARREL_FFMPEG: '/nowhere/ffmpeg' });
  site = await startSite((request, response) => {
    const colour = request.url?.slice(1);
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><title>${colour}</title><body style="background: ${colour}">`);
  });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** The colour in the middle of the picture that is shown. */
const COLOUR = `(() => {
  const picture = document.querySelector('main img');
  if (!picture) return 'no picture';
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
  const context = canvas.getContext('2d');
  context.drawImage(picture, picture.naturalWidth / 2, picture.naturalHeight / 2, 1, 1, 0, 0, 1, 1);
  const [red, , blue] = context.getImageData(0, 0, 1, 1).data;
  return red > 200 && blue < 100 ? 'red' : blue > 200 && red < 100 ? 'blue' : 'neither';
})()`;

it('should play a recording, go to the moment of a line, and find lines by their text', { timeout: 60_000 }, async () => {
  const client = new Carrel({ url: server.url, apiKey: server.apiKey });
  const browser = await client.browsers.open({ record: true }, { keepAlive: false });
  for (const colour of ['red', 'blue']) {
    await browser.execute({ type: 'goto', url: `${site.url}/${colour}` });
    // A picture is taken when something has changed: the next change comes when this one is in the recording.
    const before = (await client.recordings.get(browser.id)).frames;
    await browser.execute({ type: 'evaluate', expression: "document.body.append('drawn')" });
    await expect.poll(async () => (await client.recordings.get(browser.id)).frames, { timeout: 10_000 }).toBeGreaterThan(before);
  }
  await browser.close();

  await using visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await page.getByRole('link', { name: 'Recordings' }).click();
  await page.getByRole('link', { name: browser.id }).click();
  await page.getByLabel('Search').fill('/BLUE');
  const line = page.getByRole('button', { name: /tab\.navigated/ });
  await expect.poll(() => line.count()).toBe(1);
  await page.getByRole('slider', { name: 'Position' }).press('End');
  await page.getByRole('img', { name: /^What the browser showed/ }).waitFor();
  await expect.poll(() => page.evaluate(COLOUR)).toBe('blue');
  await page.getByRole('slider', { name: 'Position' }).press('Home');
  await expect.poll(() => page.evaluate(COLOUR)).not.toBe('blue');
  await line.click();
  expect(await page.getByRole('slider', { name: 'Position' }).inputValue()).not.toBe('0');
  await page.getByLabel('Speed').selectOption('8');
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  // Comes to its end by itself.
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  await expect.poll(() => page.evaluate(COLOUR)).toBe('blue');
  visitor.assertNoComplaints();
});

it('should lead from a turn to what was recorded of it, show its steps as marks, and lead back', { timeout: 60_000 }, async () => {
  const client = new Carrel({ url: server.url, apiKey: server.apiKey });
  const task = { endUserId: 'ann', task: 'What is the title?', startUrl: `${site.url}/green`, record: true };
  const { taskId, sessionId } = await client.tasks.run(task);
  await expect.poll(async () => (await client.recordings.list({ taskId }).all())[0]?.endReason, { timeout: 10_000 }).toBe('browser_ended');

  await using visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await visitor.goTo(`/conversations/${sessionId}`);
  await page.getByRole('link', { name: 'Watch what was recorded' }).click();
  const slider = page.getByRole('slider', { name: 'Position' });
  expect(await slider.inputValue()).toBe('0');
  await page.getByText('Before its first step').waitFor();
  await page.getByRole('button', { name: 'Next step' }).click();
  await visitor.sees(/^1\. /);
  expect(await slider.inputValue()).not.toBe('0');
  await page.getByLabel('Search').fill('step.finished');
  await expect.poll(() => page.getByRole('button', { name: /step\.started/ }).count()).toBe(0);
  await page
    .getByRole('button', { name: /step\.finished/ })
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Export as a film' }).click();
  await page.getByRole('alert').getByText('apt-get install -y ffmpeg').waitFor();
  visitor.assertNoComplaints();
  await page.getByRole('link', { name: 'The conversation' }).click();
  await page.getByText('What is the title?').first().waitFor();
  expect(new URL(page.url()).pathname).toBe(`/conversations/${sessionId}`);
});
