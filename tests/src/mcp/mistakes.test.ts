import { type Browser, Carrel } from '@carrel/sdk';
import { imageSize } from 'image-size';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { browserIn, linkIn, Model, overHttp } from './model.js';

/** What vendors of models take. */
const MOST_SIDE_PX = 8_000;
const MOST_BASE64_CHARS = 5 * 1024 * 1024;

let server: TestServer;
let site: TestSite;
let client: Carrel;
beforeAll(async () => {
  server = await startTestServer();
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
  site = await startSite((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><title>Desk</title><main><h1>Desk 7</h1></main>${request.url === '/noise' ? NOISE : TALL}`);
  });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const TALL = '<div style="height: 30000px; background: linear-gradient(#fff, #000)"></div>';
/** As large as a picture gets: no two dots of it are alike. */
const NOISE = `<canvas width="2400" height="8000" style="display: block"></canvas><script>
  const canvas = document.querySelector('canvas').getContext('2d');
  const image = canvas.createImageData(2400, 8000);
  for (let at = 0; at < image.data.length; at += 65536) crypto.getRandomValues(image.data.subarray(at, at + 65536));
  for (let at = 3; at < image.data.length; at += 4) image.data[at] = 255;
  canvas.putImageData(image, 0, 0);
</script>`;

const connect = () => Model.connect(overHttp(server.url, server.apiKey));
const openIds = async () => (await client.browsers.list({ status: 'running' }).page()).data.map(({ id }) => id);
const open = (): Promise<Browser> => client.browsers.open({}, { keepAlive: false });

describe('What a model asks for', () => {
  it('should be refused by its name when a tool does not know it', async () => {
    await using model = await connect();
    const { tools } = await model.client.listTools();
    for (const { name } of tools) {
      const { text, isError } = await model.call(name, { profile: { id: 'pf_1', persist: true } });
      expect([name, isError, /Unrecognized key: "profile"/.test(text)]).toEqual([name, true, true]);
    }
    expect(await openIds()).toEqual([]);
  });

  it('should be told how to save a browser by the fields of the tool that opens it', async () => {
    await using model = await connect();
    const { id } = await client.profiles.create({ name: 'kept' });
    for (const input of [{}, { profileId: id }]) {
      const browserId = browserIn(await model.must('open_browser', input));
      const { text, isError } = await model.call('save_profile', { browserId });
      expect(isError).toBe(true);
      expect(text).toMatch(/`profileId`.*`persist`/);
      expect(text).not.toContain('profile: {');
      await model.must('close_browser', { browserId });
    }
  });

  it('should leave no browser open whose id it is not told', async () => {
    await using model = await connect();
    const { text, isError } = await model.call('open_browser', { url: 'file:///etc/passwd' });
    expect({ isError, text }).toEqual({ isError: true, text: expect.stringContaining('http') });
    expect(await openIds()).toEqual([]);
    const unreachable = await model.call('open_browser', { url: 'http://127.0.0.1:1/' });
    expect(unreachable.isError).toBe(true);
    await model.must('close_browser', { browserId: browserIn(unreachable.text) });
  });
});

describe('What a model is told', () => {
  it('should not be of a browser that has been closed by then', async () => {
    await using model = await connect();
    const text = await model.must('scrape', { url: site.url });
    expect(text).toContain('Desk 7');
    expect([browserIn(text), linkIn(text)]).toEqual(['', '']);
  });

  it('should have the live link wherever a browser runs: in the list, and when a call is refused', async () => {
    await using model = await connect();
    await using browser = await open();
    const link = linkIn(await model.must('list_browsers'));
    expect(link).not.toBe('');
    const refused = await model.call('execute', { browserId: browser.id, type: 'click', ref: 'e999' });
    expect({ isError: refused.isError, link: linkIn(refused.text) }).toEqual({ isError: true, link });
    await browser.close();
    const late = await model.call('execute', { browserId: browser.id, type: 'back' });
    expect({ isError: late.isError, link: linkIn(late.text) }).toEqual({ isError: true, link: '' });
    expect(late.text).toMatch(/: clos(ing|ed)\./);
  });

  it('should be no picture that vendors of models refuse, and say what is left out of it', { timeout: 60_000 }, async () => {
    await using model = await connect();
    await using browser = await open();
    const browserId = browser.id;
    await browser.execute({ type: 'goto', url: site.url });
    const { content, text } = await model.call('screenshot', { browserId, fullPage: true });
    const data = content.find((part) => part.type === 'image')?.data ?? '';
    expect(imageSize(Buffer.from(data, 'base64'))).toMatchObject({ height: MOST_SIDE_PX });
    expect(text).toMatch(/beyond 8000 px is left out/);
    expect((await model.call('screenshot', { browserId })).text).not.toContain('left out');
    await browser.execute({ type: 'goto', url: `${site.url}/noise` });
    const noise = await model.call('screenshot', { browserId, fullPage: true });
    const picture = noise.content.find((part) => part.type === 'image')?.data;
    expect({ isError: noise.isError, text: noise.text }).toEqual({ isError: true, text: expect.stringContaining('too large') });
    expect((picture ?? '').length).toBeLessThanOrEqual(MOST_BASE64_CHARS);
  });
});
