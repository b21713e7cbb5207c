import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { giveBack, pointOf, takeControl } from './picture.js';
import { Visitor } from './visitor.js';

let server: TestServer;
let site: TestSite;
let client: Carrel;

beforeAll(async () => {
  const pages: Record<string, typeof greetingPage> = { '/widgets': widgetsPage, '/sign-in': signInPage, '/embedding': embeddingPage };
  site = await startSite((request, response) => (pages[request.url ?? ''] ?? greetingPage)(request, response));
  server = await startTestServer({ CARREL_EMBED_ORIGINS: site.url });
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** What a screencast does not show: a select, a dialog, a file chooser. */
const widgetsPage: typeof greetingPage = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><title>Widgets</title>
    <style>body > * { position: absolute; left: 20px; width: 200px; height: 40px }</style>
    <select style="top: 20px"><option>red<option>green</select>
    <button style="top: 100px" onclick="log.textContent = 'said ' + confirm('Really?')">Ask</button>
    <input type="file" style="top: 180px" onchange="log.textContent = 'given ' + this.files[0].name">
    <p id="log" style="top: 260px">nothing</p>`);
};

/** Has a frame with what is said to it behind the #. */
const embeddingPage: typeof greetingPage = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end(
    '<!doctype html><iframe width="600" height="400"></iframe><script>document.querySelector("iframe").src = location.hash.slice(1)</script>',
  );
};

/** Signs in whoever presses anywhere. */
const signInPage: typeof greetingPage = (request, response) => {
  if (request.method === 'POST') {
    response.writeHead(200, { 'content-type': 'text/html', 'set-cookie': 'sid=1; Path=/; HttpOnly; Max-Age=3600' });
    response.end('<!doctype html><title>Signed in</title>');
    return;
  }
  response.writeHead(200, { 'content-type': 'text/html' });
  response.end(
    '<!doctype html><title>Sign in</title><form method="post"><button style="position: fixed; inset: 0">Sign in</button></form>',
  );
};

async function opened(path: string) {
  const browser = await client.browsers.open({}, { keepAlive: false });
  await browser.execute({ type: 'goto', url: `${site.url}${path}` });
  return browser;
}

describe('the live view', { timeout: 60_000 }, () => {
  it('should show the page, and let a person fill a form in it through the picture', async () => {
    const browser = await opened('/');
    await using visitor = await Visitor.signedIn(server);
    const { page } = visitor;
    await visitor.goTo(`/browsers/${browser.id}`);
    const name = await pointOf(page, browser, 'input');
    const greet = await pointOf(page, browser, 'button');
    await takeControl(page);
    await page.mouse.click(name.x, name.y);
    await page.keyboard.type('Jürgen', { delay: 5 });
    await page.mouse.click(greet.x, greet.y);
    await giveBack(page);
    const { value } = await browser.execute({ type: 'evaluate', expression: "document.querySelector('output').textContent" });
    expect(value).toBe('Hello Jürgen');
    visitor.assertNoComplaints();
  });

  it('should draw what a screencast does not show: selects, dialogs and file choosers', async () => {
    const browser = await opened('/widgets');
    await using visitor = await Visitor.signedIn(server);
    const { page } = visitor;
    await visitor.goTo(`/browsers/${browser.id}`);
    const select = await pointOf(page, browser, 'select');
    const ask = await pointOf(page, browser, 'button');
    const file = await pointOf(page, browser, 'input');
    await takeControl(page);
    await page.mouse.click(select.x, select.y);
    await page.getByRole('dialog', { name: 'A field of the page' }).getByRole('button', { name: 'green' }).click();
    await page.mouse.click(ask.x, ask.y);
    await page.getByRole('alertdialog').getByRole('button', { name: 'OK' }).click();
    await expect.poll(async () => (await browser.observe()).snapshot).toContain('said true');
    await page.mouse.click(file.x, file.y);
    const chooser = page.getByRole('dialog', { name: 'The page asks for files' });
    await chooser.locator('input[type=file]').setInputFiles({ name: 'cv.txt', mimeType: 'text/plain', buffer: Buffer.from('I read.') });
    await expect.poll(async () => (await browser.observe()).snapshot).toContain('given cv.txt');
    await giveBack(page);
    const { value } = await browser.execute({ type: 'evaluate', expression: "document.querySelector('select').value" });
    expect(value).toBe('green');
    visitor.assertNoComplaints();
  });
});

describe('signing in once', { timeout: 60_000 }, () => {
  it('should let a person do it through the picture, and keep what they are signed in to', async () => {
    await using visitor = await Visitor.signedIn(server);
    const { page } = visitor;
    await visitor.goTo('/end-users/dora');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByLabel(/^URL/).first().fill(`${site.url}/sign-in`);
    await page.getByRole('button', { name: 'Make the link' }).click();
    await page.getByRole('link', { name: 'Sign in here' }).click();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByText('You are in control').waitFor();
    await page.locator('canvas[data-has-picture]').waitFor();
    // The whole page is the button.
    await page.locator('canvas').click();
    await page.getByRole('button', { name: 'Signed in', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    const credentials = () => client.endUsers('dora').credentials.get();
    await expect.poll(async () => (await credentials()).cookies.map(({ name }) => name), { timeout: 15_000 }).toEqual(['sid']);
    // The browser is closed then, and its page shows what it has left.
    await page.getByText('login.saved').waitFor();
    visitor.assertNoComplaints();
  });

  it('should thank whoever has done it by the link, and ask nothing of them any more', async () => {
    const login = await client.endUsers('emil').login({ url: `${site.url}/sign-in` });
    await using visitor = await Visitor.arrive(server.url);
    const { page } = visitor;
    await page.goto(login.liveUrl);
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByText('You are in control').waitFor();
    await page.locator('canvas[data-has-picture]').waitFor();
    await page.locator('canvas').click();
    await page.getByRole('button', { name: 'Signed in', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Copy selection' }).click();
    await page.getByText('Nothing is selected in the page.').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Thank you, that was all: you are signed in. You can close this page.').waitFor();
    expect(await page.getByText(/in control|press Done|Nothing is selected/).count()).toBe(0);
    for (const name of ['Begin', 'Done', 'Take control', 'Give back'])
      expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
    expect(await visitor.barriers()).toEqual([]);
    visitor.assertNoComplaints();
  });
});

describe('logging a profile in', { timeout: 60_000 }, () => {
  it('should open a browser that saves to it and is not recorded, whatever the project says', async () => {
    const [project] = await client.projects.list().all();
    await client.projects.update(project?.id ?? '', { record: true });
    try {
      const profile = await client.profiles.create({ name: 'eve-at-the-shop' });
      await using visitor = await Visitor.signedIn(server);
      const { page } = visitor;
      await visitor.goTo(`/profiles/${profile.id}`);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByLabel('Where').fill(`${site.url}/sign-in`);
      await page.getByRole('button', { name: 'Open it' }).click();
      await page.waitForURL('**/browsers/br_*');
      const browser = await client.browsers.get(new URL(page.url()).pathname.split('/').at(-1) ?? '');
      await browser.close();
      const recorded = await client.browsers.open();
      await recorded.close();
      const recordings = async () => (await client.recordings.list().all()).map(({ browserId }) => browserId);
      await expect.poll(recordings, { timeout: 15_000 }).toEqual([recorded.id]);
      visitor.assertNoComplaints();
    } finally {
      await client.projects.update(project?.id ?? '', { record: null });
    }
  });
});

describe('a live link', { timeout: 60_000 }, () => {
  it('should show the browser to somebody without an account, go where they say, and end at once when it is revoked', async () => {
    const browser = await opened('/');
    const link = await client.browsers.createLiveLink(browser.id, { scope: 'control', ttlSeconds: 600 });
    await using visitor = await Visitor.arrive(server.url);
    const { page } = visitor;
    await page.goto(link.url ?? '');
    await takeControl(page);
    await page.getByLabel('Address').fill(`${site.url}/widgets`);
    await page.getByLabel('Address').press('Enter');
    await page.getByRole('button', { name: 'Widgets', exact: true }).waitFor();
    expect(await visitor.barriers()).toEqual([]);
    await client.browsers.revokeLiveLink(browser.id, link.id);
    await page.getByText(/revoked/).waitFor();
    visitor.assertNoComplaints();
  });

  it('should take nothing from somebody who may only look, and show nothing but the picture where that is asked for', async () => {
    const browser = await opened('/');
    const { url = '' } = await client.browsers.createLiveLink(browser.id, { scope: 'view', ttlSeconds: 600 });
    await using visitor = await Visitor.arrive(server.url);
    const { page } = visitor;
    await page.goto(url);
    await page.locator('canvas[data-has-picture]').waitFor();
    expect(await page.getByRole('button', { name: 'Take control' }).count()).toBe(0);
    const name = await pointOf(page, browser, 'input');
    await page.mouse.click(name.x, name.y);
    await page.keyboard.type('Mallory');
    await page.goto(`${url}?chrome=none&theme=dark`);
    await page.locator('canvas[data-has-picture]').waitFor();
    expect(await page.getByLabel('Address').count()).toBe(0);
    expect(await page.getByRole('button').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
    const { value } = await browser.execute({ type: 'evaluate', expression: "document.querySelector('input').value" });
    expect(value).toBe('');
    visitor.assertNoComplaints();
  });

  it('should let control be taken and given back where nothing but the picture is shown', async () => {
    const browser = await opened('/');
    const { url = '' } = await client.browsers.createLiveLink(browser.id, { scope: 'control', ttlSeconds: 600 });
    await using visitor = await Visitor.arrive(server.url);
    const { page } = visitor;
    await page.goto(`${url}?chrome=none`);
    await page.locator('canvas[data-has-picture]').waitFor();
    const name = await pointOf(page, browser, 'input');
    await page.getByRole('button', { name: 'Take control' }).click();
    await page.getByRole('button', { name: 'Give back' }).waitFor();
    await page.mouse.click(name.x, name.y);
    await page.keyboard.type('Ada');
    await page.keyboard.press('Shift+Escape');
    await page.keyboard.press('Enter'); // on the button, which has the focus
    await page.getByRole('button', { name: 'Take control' }).waitFor();
    expect(await page.getByLabel('Address').count()).toBe(0);
    expect(await visitor.barriers()).toEqual([]);
    expect((await browser.execute({ type: 'evaluate', expression: "document.querySelector('input').value" })).value).toBe('Ada');
    visitor.assertNoComplaints();
  });

  it('should say at once that it leads nowhere, where it does', async () => {
    const browser = await opened('/');
    const link = await client.browsers.createLiveLink(browser.id, { scope: 'view', ttlSeconds: 600 });
    await client.browsers.revokeLiveLink(browser.id, link.id);
    await using visitor = await Visitor.arrive(server.url);
    const { page } = visitor;
    let webSockets = 0;
    page.on('websocket', () => {
      webSockets += 1;
    });
    for (const url of [link.url ?? '', `${server.url}/live/mistyped~`]) {
      await page.goto(url);
      await page.getByText('This live link is over').waitFor();
    }
    expect(webSockets).toBe(2);
    visitor.assertNoComplaints();
  });

  it('should be shown in frames of the sites that the operator has named, and of no others', async () => {
    const browser = await opened('/');
    const { url = '' } = await client.browsers.createLiveLink(browser.id, { scope: 'view', ttlSeconds: 600 });
    await using visitor = await Visitor.arrive(server.url);
    const { page } = visitor;
    await page.goto(`${site.url}/embedding#${url}?chrome=none`);
    await page.frameLocator('iframe').locator('canvas[data-has-picture]').waitFor();
    visitor.assertNoComplaints();
    const refusals = (count: number) =>
      expect.poll(() => visitor.complaints.filter((text) => text.includes('frame-ancestors')).length, { timeout: 10_000 }).toBe(count);
    // Another origin, although it is the same machine.
    await page.goto(`${site.url.replace('127.0.0.1', 'localhost')}/embedding#${url}?chrome=none`);
    await refusals(1);
    expect(await page.frameLocator('iframe').locator('canvas').count()).toBe(0);
    await page.goto(`${site.url}/embedding#${server.url}/sign-in`);
    await refusals(2);
  });
});
