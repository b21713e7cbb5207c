import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { Visitor } from './visitor.js';

/** Would run in the page of whoever shows it as anything but text. */
const HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
const FILE_NAME = '<img src=x onerror=hacked=1>.txt';

let server: TestServer;
let site: TestSite;
let client: Carrel;

beforeAll(async () => {
  server = await startTestServer();
  site = await startSite((request, response) => {
    if (request.url === '/file') {
      const name = encodeURIComponent(FILE_NAME);
      response.writeHead(200, { 'content-type': 'text/html', 'content-disposition': `attachment; filename*=UTF-8''${name}` }).end(HOSTILE);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    const escaped = HOSTILE.replaceAll('<', '&lt;').replaceAll('"', '&quot;');
    response.end(`<!doctype html><title>${escaped}</title><h1>${escaped}</h1><button aria-label="${escaped}">x</button>`);
  });
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

it('should show what pages and callers wrote as text, wherever it stands', async () => {
  const browser = await client.browsers.open({ endUserId: HOSTILE, metadata: { note: HOSTILE } }, { keepAlive: false });
  await browser.execute({ type: 'goto', url: `${site.url}/?q=${HOSTILE}#${HOSTILE}` });
  await browser.execute({ type: 'download', url: `${site.url}/file` });
  await browser.cookies.set([{ name: 'note', value: HOSTILE.replaceAll(';', ''), url: site.url }]);
  const profile = await client.profiles.create({ name: HOSTILE });
  const { sessionId } = await client.tasks.run({ endUserId: HOSTILE, task: HOSTILE, startUrl: site.url });
  await using visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  const isHacked = () => page.evaluate<boolean>("'hacked' in window || document.querySelector('main img[src=x], main script') !== null");

  const places: [string, string][] = [
    ['/', HOSTILE],
    ['/browsers', HOSTILE],
    [`/browsers/${browser.id}?view=live`, HOSTILE],
    [`/browsers/${browser.id}?view=console`, HOSTILE],
    [`/browsers/${browser.id}?view=events`, 'tab.navigated'],
    [`/browsers/${browser.id}?view=network`, new URL(site.url).host],
    [`/browsers/${browser.id}?view=files`, 'onerror=hacked=1'],
    [`/browsers/${browser.id}?view=about`, HOSTILE],
    ['/conversations', HOSTILE],
    [`/conversations/${sessionId}`, HOSTILE],
    ['/profiles', HOSTILE],
    [`/profiles/${profile.id}`, HOSTILE],
    ['/end-users', HOSTILE],
    [`/end-users/${encodeURIComponent(HOSTILE)}`, HOSTILE],
  ];
  for (const [place, text] of places) {
    await visitor.goTo(place);
    await visitor.sees(text);
    expect([place, await isHacked()]).toEqual([place, false]);
  }
  await visitor.goTo(`/browsers/${browser.id}?view=cookies`);
  await page.getByRole('button', { name: 'Show' }).click();
  await visitor.sees(HOSTILE.replaceAll(';', ''));
  await visitor.goTo(`/browsers/${browser.id}?view=console`);
  await page.getByLabel('Action').selectOption('evaluate');
  await page.getByLabel(/^Expression/).fill(`({ rows: [{ note: ${JSON.stringify(HOSTILE)} }] })`);
  await page.getByRole('button', { name: 'Do it' }).click();
  await page.getByRole('cell', { name: HOSTILE }).waitFor();
  expect(await isHacked()).toBe(false);
  visitor.assertNoComplaints();
}, 60_000);

it('should link nothing but the web', async () => {
  const browser = await client.browsers.open({}, { keepAlive: false });
  await browser.execute({ type: 'goto', url: "data:text/html,<title>x</title><a href='javascript:hacked=1'>here</a>" });
  await using visitor = await Visitor.signedIn(server);
  await visitor.goTo(`/browsers/${browser.id}?view=console`);
  await visitor.page.getByRole('img', { name: 'The page as it is now' }).waitFor();
  const schemes = await visitor.page.evaluate<string[]>('[...document.links].map((link) => link.protocol)');
  expect([...new Set(schemes)]).toEqual(['http:']);
});
