import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answering, Conversations, calling } from '../conversations/deployment.js';
import { Watcher } from '../live/watcher.js';
import { startSite, type TestSite } from '../running/server-and-site.js';
import { Visitor } from './visitor.js';

const WIDGET = `<!doctype html><title>Sign in</title><h1>Sign in</h1>
  <div class="cf-turnstile" data-sitekey="key-1" style="display: block; width: 300px; height: 65px"></div>`;

let conversations: Conversations;
let site: TestSite;
let client: Carrel;
beforeAll(async () => {
  conversations = await Conversations.start();
  site = await startSite((_, response) => response.setHeader('content-type', 'text/html').end(WIDGET));
  client = new Carrel(conversations.server);
});
afterAll(async () => {
  await conversations?.[Symbol.asyncDispose]();
  await site?.[Symbol.asyncDispose]();
});

/** The turn as a page shows it: in its conversation, or at home among what needs a person. */
const turnOf = ({ page }: Visitor) => page.getByRole('list', { name: 'Turns' }).getByRole('listitem');
const needsPerson = ({ page }: Visitor) => page.locator('section', { has: page.getByRole('heading', { name: 'Needs a person' }) }).last();

describe('a turn that waits', { timeout: 60_000 }, () => {
  it('should ask for a captcha to be solved in its browser, and for no answer', async () => {
    const taskId = await conversations.submit([answering('I am in.')], { startUrl: site.url, solveCaptchas: true });
    const { sessionId, browserId } = await conversations.until(taskId, ({ status }) => status === 'paused');
    await using visitor = await Visitor.signedIn(conversations.server);
    await needsPerson(visitor).getByText('A captcha stands in the way.').waitFor();
    await visitor.goTo(`/conversations/${sessionId}`);
    const turn = turnOf(visitor);
    await turn.getByText('A captcha stands in the way. Solve the captcha that the page shows.').waitFor();
    await turn.getByRole('button', { name: 'Copy the link for them' }).waitFor();
    expect(await turn.getByRole('textbox').count()).toBe(0);
    expect(await turn.getByRole('button', { name: /Answer|Resume/ }).count()).toBe(0);
    expect(await visitor.barriers()).toEqual([]);
    await turn.getByRole('link', { name: 'Take control of its browser' }).click();
    await visitor.page.waitForURL(`**/browsers/${browserId}?view=live`);
    visitor.assertNoComplaints();
    await client.tasks.cancel(taskId);
  });

  it('should leave whoever has control alone', async () => {
    let taken: () => void = () => {};
    const isTaken = new Promise<void>((resolve) => {
      taken = resolve;
    });
    const looking = async () => {
      await isTaken;
      return calling('navigate', { url: `${site.url}/next` });
    };
    const taskId = await conversations.submit([looking, answering('I was there.')], { startUrl: site.url });
    const { browserId } = await conversations.until(taskId, (task) => task.visitedUrls.length > 0);
    const { url } = await client.browsers.createLiveLink(browserId ?? '', { scope: 'control' });
    await using watcher = await Watcher.open(url);
    await watcher.take();
    taken();
    const { sessionId } = await conversations.until(taskId, ({ waitingFor }) => waitingFor?.reason === 'control');
    await using visitor = await Visitor.signedIn(conversations.server);
    await visitor.settled();
    expect(await needsPerson(visitor).count()).toBe(0);
    await visitor.goTo(`/conversations/${sessionId}`);
    await turnOf(visitor).getByText('A person has control: it goes on when they give it back.').waitFor();
    expect(await turnOf(visitor).getByRole('button', { name: 'Resume' }).count()).toBe(0);
    watcher.say({ type: 'control.release' });
    await visitor.sees('I was there.');
    visitor.assertNoComplaints();
  });

  it('should go on when somebody who has paused it says so', async () => {
    let paused: () => void = () => {};
    const isPaused = new Promise<void>((resolve) => {
      paused = resolve;
    });
    const looking = async () => {
      await isPaused;
      return calling('navigate', { url: `${site.url}/next` });
    };
    const taskId = await conversations.submit([looking, answering('It went on.')], { startUrl: site.url });
    await conversations.until(taskId, (task) => task.visitedUrls.length > 0);
    await client.tasks.pause(taskId);
    paused();
    const { sessionId } = await conversations.until(taskId, ({ status }) => status === 'paused');
    await using visitor = await Visitor.signedIn(conversations.server);
    await needsPerson(visitor).getByText('Paused: it goes on when you say so.').waitFor();
    await visitor.goTo(`/conversations/${sessionId}`);
    await turnOf(visitor).getByRole('button', { name: 'Resume' }).click();
    await visitor.sees('It went on.');
    visitor.assertNoComplaints();
  });
});
