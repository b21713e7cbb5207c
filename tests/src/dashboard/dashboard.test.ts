import { randomUUID } from 'node:crypto';
import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { Visitor } from './visitor.js';

let server: TestServer;
let site: TestSite;
let client: Carrel;

beforeAll(async () => {
  server = await startTestServer();
  site = await startSite(greetingPage);
  client = new Carrel({ url: server.url, apiKey: server.apiKey });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

describe('signing in', { timeout: 60_000 }, () => {
  it('should ask for it, refuse a wrong key, and then go where one wanted to', async () => {
    await using visitor = await Visitor.arrive(server.url);
    const { page } = visitor;
    await page.goto('/profiles?x=1');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByLabel('API key').fill('ck_wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('API key').fill(server.apiKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Profiles' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/profiles');
    expect(await page.evaluate(() => [document.cookie, JSON.stringify(localStorage)])).toEqual(['', '{}']);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.goto('/browsers');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    visitor.assertNoComplaints();
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example'])('should lead nowhere else: %s', async (next) => {
    await using visitor = await Visitor.arrive(server.url);
    await visitor.page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
    await visitor.page.getByLabel('API key').fill(server.apiKey);
    await visitor.page.getByRole('button', { name: 'Sign in' }).click();
    await visitor.page.getByRole('link', { name: 'Home' }).waitFor();
    expect(visitor.page.url()).toBe(`${server.url}/`);
  });

  it('should take a link that was printed, once, and keep its code out of the address', async () => {
    const { url } = await client.dashboard.createSignInLink();
    await using visitor = await Visitor.arrive(server.url);
    await visitor.page.goto(url);
    await visitor.page.getByRole('link', { name: 'Home' }).waitFor();
    expect(visitor.page.url()).toBe(`${server.url}/`);
    await using another = await Visitor.arrive(server.url);
    await another.page.goto(url);
    await another.page.getByRole('alert').waitFor();
    visitor.assertNoComplaints();
  });
});

describe('browsers', { timeout: 60_000 }, () => {
  it('should be opened by a form, driven by the console, and closed', async () => {
    await using visitor = await Visitor.signedIn(server);
    const { page } = visitor;
    await page.getByRole('link', { name: 'Open a browser' }).click();
    await page.getByLabel('End user ID').fill('ann');
    await page.getByRole('button', { name: 'Add a row' }).click();
    await page.getByLabel('Name 1').fill('team');
    await page.getByLabel('Value 1').fill('support');
    await visitor.sees("client.browsers.open({ endUserId: 'ann', metadata: { team: 'support' } })");
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await page.getByRole('link', { name: 'Console' }).click();
    const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    expect((await client.browsers.get(id)).info).toMatchObject({ status: 'running', endUserId: 'ann', metadata: { team: 'support' } });

    await page.getByLabel('URL').fill(`${site.url}/greeting`);
    await page.getByRole('button', { name: 'Do it' }).click();
    await visitor.sees(/^Done in/);
    await page.getByRole('button', { name: /^e\d+: textbox “Name”$/ }).click();
    await page.getByLabel('Action').selectOption('fill');
    expect(await page.getByLabel('Ref', { exact: true }).inputValue()).toMatch(/^e\d+$/);
    await page.getByLabel(/^Value/).fill('Bob');
    await page.getByRole('button', { name: 'Do it' }).click();
    await page.getByRole('button', { name: /textbox “Name”/ }).waitFor();
    const browser = await client.browsers.get(id);
    const { value } = await browser.execute({ type: 'evaluate', expression: "document.querySelector('input').value" });
    expect(value).toBe('Bob');

    await page.getByRole('link', { name: 'Browsers', exact: true }).first().click();
    await page.getByRole('link', { name: id }).waitFor();
    await browser.close();
    // Nobody asked: the event of the project said so.
    await page.getByRole('row', { name: id }).getByText('closed').waitFor();
    await page.goBack();
    await visitor.sees('The browser has ended; this went with it.');
    visitor.assertNoComplaints();
  });
});

describe('conversations', { timeout: 60_000 }, () => {
  it('should be had: a task, its steps and result, and a follow-up that knows of it', async () => {
    await using visitor = await Visitor.signedIn(server);
    const { page } = visitor;
    await page.getByRole('link', { name: 'Conversations' }).click();
    await page.getByLabel('Task').fill('What is the heading of the page?');
    await page.getByLabel('End user').first().fill('carol');
    await page.getByLabel('Start at').fill(site.url);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByLabel('Follow up').waitFor();
    await page
      .getByText(/^(completed|failed)$/)
      .first()
      .waitFor();
    await page.getByLabel('Follow up').fill('And what can be entered there?');
    await page.getByLabel('Start at').fill(site.url);
    await page.getByRole('button', { name: 'Send' }).click();
    const turns = page.getByRole('list', { name: 'Turns' }).getByRole('listitem');
    await expect.poll(() => turns.filter({ hasText: 'What it knew' }).count()).toBe(2);
    const sessionId = new URL(page.url()).pathname.split('/').at(-1) ?? '';
    expect((await client.sessions.get(sessionId)).tasks.map(({ task }) => task)).toEqual([
      'What is the heading of the page?',
      'And what can be entered there?',
    ]);
    visitor.assertNoComplaints();
  });

  it('should be paused, asked and cancelled, with the browser beside them while they go on', async () => {
    await using visitor = await Visitor.signedIn(server);
    const { page } = visitor;
    await visitor.goTo('/conversations?endUserId=dave');
    await page.getByLabel('Task').fill('Ask me which colour it is to be, then tell me the heading of the page');
    await page.getByLabel('Start at').fill(site.url);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByLabel('Your answer').fill('dark green');
    await page.locator('canvas[data-has-picture]').waitFor();
    await page.getByRole('button', { name: 'Answer' }).click();
    await visitor.sees(/dark green/);
    await visitor.sees('completed');
    await page.getByLabel('Follow up').fill('Ask me which shade');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByLabel('Your answer').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await visitor.sees('cancelled');
    visitor.assertNoComplaints();
  });
});

describe('a server that is away', { timeout: 60_000 }, () => {
  it('should be said to be, without anything that is on the screen being lost, and be followed again when it is back', async () => {
    await using visitor = await Visitor.signedIn(server);
    const { page } = visitor;
    await visitor.goTo('/profiles');
    await page.context().setOffline(true);
    await visitor.sees(/The server cannot be reached/);
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await visitor.sees(/this page could not be loaded/);
    await page.getByRole('link', { name: 'Profiles' }).click();
    await page.getByRole('heading', { name: 'Profiles' }).waitFor();
    await page.context().setOffline(false);
    const name = `made meanwhile, ${randomUUID()}`;
    await client.profiles.create({ name });
    await visitor.sees(name);
  });
});
