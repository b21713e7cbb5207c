import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { Visitor } from './visitor.js';

const TIMEOUT_MS = 60_000;
const LOGIN = { domain: 'shop.example', username: 'ann', password: 'hunter22' };

let server: TestServer;
let site: TestSite;
/** Whoever else works in the project: a program with the same rights. */
let other: Carrel;

beforeAll(async () => {
  server = await startTestServer({ CARREL_WEBHOOK_ALLOW: '127.0.0.0/8' });
  site = await startSite((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Hours</title><h1>Hours</h1>');
  });
  other = new Carrel({ url: server.url, apiKey: server.apiKey });
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** Somebody who looks at a page, and touches nothing. */
async function looking(path: string): Promise<Visitor> {
  const visitor = await Visitor.signedIn(server);
  await visitor.goTo(path);
  return visitor;
}

const rowOf = ({ page }: Visitor, text: string) => page.getByRole('row').filter({ hasText: text });

describe('what others do', { timeout: TIMEOUT_MS }, () => {
  it('should be seen from the first moment: nothing is read before it is known from which line on changes are told', async () => {
    await using visitor = await Visitor.signedIn(server);
    const order: string[] = [];
    visitor.page.on('response', (response) => response.url().endsWith('/v1/events?after=now') && order.push('line'));
    visitor.page.on('request', (request) => new URL(request.url()).pathname === '/v1/profiles' && order.push('list'));
    await visitor.goTo('/profiles');
    expect(order).toEqual(['line', 'list']);
  });

  it('should be seen in the list of profiles', async () => {
    await using visitor = await looking('/profiles');
    const { id } = await other.profiles.create({ name: 'first name' });
    await rowOf(visitor, 'first name').waitFor();
    await other.profiles.update(id, { name: 'second name' });
    const row = rowOf(visitor, 'second name');
    await row.getByText('nothing saved').waitFor();
    const browser = await other.browsers.open({ profile: { id, persist: true } }, { keepAlive: false });
    await row.getByText('in use').waitFor();
    await browser.close();
    await row.getByRole('cell', { name: '1', exact: true }).waitFor();
    await row.getByText('in use').waitFor({ state: 'detached' });
    await other.profiles.delete(id);
    await row.waitFor({ state: 'detached' });
    visitor.assertNoComplaints();
  });

  it('should be seen on the page of a profile', async () => {
    const { id } = await other.profiles.create({ name: 'plain' });
    await using visitor = await looking(`/profiles/${id}`);
    await other.profiles.update(id, { name: 'renamed' });
    await visitor.page.getByRole('heading', { name: 'renamed' }).waitFor();
    const cookie = { name: 'sid', value: '1', domain: 'shop.example', path: '/' };
    await other.profiles.import(id, { cookies: [cookie] });
    await rowOf(visitor, 'an import').waitFor();
    await visitor.sees('What version 1 holds');
    await other.profiles.restore(id, 1);
    await rowOf(visitor, 'an old one restored').waitFor();
    await other.profiles.delete(id);
    await visitor.page.getByRole('alert').waitFor();
    visitor.assertNoComplaints();
  });

  it('should be seen in the list of webhooks', async () => {
    await using visitor = await looking('/webhooks');
    const { id } = await other.webhooks.create({ url: 'https://hooks.example/one' });
    await rowOf(visitor, 'https://hooks.example/one').getByText('enabled').waitFor();
    await other.webhooks.update(id, { url: 'https://hooks.example/two', isEnabled: false });
    const row = rowOf(visitor, 'https://hooks.example/two');
    await row.getByText('disabled').waitFor();
    await other.webhooks.delete(id);
    await row.waitFor({ state: 'detached' });
    visitor.assertNoComplaints();
  });

  it('should be seen on the page of a webhook, with what was delivered', async () => {
    const { id } = await other.webhooks.create({ url: `${site.url}/`, events: ['task.completed', 'task.failed', 'task.cancelled'] });
    await using visitor = await looking(`/webhooks/${id}`);
    await other.webhooks.update(id, { events: ['task.created'] });
    await visitor.page.getByText('task.completed').waitFor({ state: 'detached' });
    const { taskId } = await other.tasks.submit({ endUserId: 'hook', task: 'What is the heading?', startUrl: site.url });
    await rowOf(visitor, taskId).getByText('delivered').waitFor();
    await other.webhooks.delete(id);
    await visitor.page.getByRole('alert').waitFor();
    visitor.assertNoComplaints();
  });

  it('should be seen in the list of end users', async () => {
    await using visitor = await looking('/end-users');
    await other.endUsers('bea').credentials.set({ logins: [{ ...LOGIN, alias: 'shop' }] });
    const row = rowOf(visitor, 'bea');
    await row.getByText('yes').waitFor();
    await other.endUsers('bea').credentials.delete({ logins: ['shop'] });
    await row.getByText('none').waitFor();
    await other.endUsers('bea').delete();
    await row.waitFor({ state: 'detached' });
    visitor.assertNoComplaints();
  });

  it('should be seen on the page of an end user', async () => {
    await using visitor = await looking('/end-users/cleo');
    await other.endUsers('cleo').credentials.set({ logins: [{ ...LOGIN, alias: 'shop' }] });
    await rowOf(visitor, 'shop.example').waitFor();
    await other.profiles.create({ name: 'of cleo', endUserId: 'cleo' });
    await visitor.page.getByRole('link', { name: 'of cleo' }).waitFor();
    await other.endUsers('cleo').delete();
    await visitor.sees('No credentials');
    await visitor.page.getByRole('link', { name: 'of cleo' }).waitFor({ state: 'detached' });
    visitor.assertNoComplaints();
  });

  it('should be seen among the keys, the projects and what was done with secrets', async () => {
    await using visitor = await looking('/keys');
    const { id } = await other.apiKeys.create({ name: 'of a colleague' });
    const row = rowOf(visitor, 'of a colleague');
    await row.getByText('never').waitFor();
    await other.apiKeys.revoke(id);
    await row.getByText('revoked').waitFor();
    const { project } = await other.dashboard.account();
    await other.projects.update(project.id, { name: 'another name' });
    await rowOf(visitor, 'another name').waitFor();
    const { id: profileId } = await other.profiles.create({ name: 'to be seen' });
    await other.profiles.import(profileId, { cookies: [{ name: 'sid', value: '1', domain: 'shop.example', path: '/' }] });
    await rowOf(visitor, 'profile imported').filter({ hasText: profileId }).waitFor();
    await other.profiles.export(profileId, { format: 'cookies' });
    await rowOf(visitor, 'profile exported').filter({ hasText: profileId }).waitFor();
    visitor.assertNoComplaints();
  });

  it('should be seen in the list of recordings, and on the page of one', async () => {
    await using visitor = await looking('/recordings');
    const browser = await other.browsers.open({ record: true }, { keepAlive: false });
    const row = rowOf(visitor, browser.id);
    await row.getByText('recording').waitFor();
    await browser.close();
    await row.getByText('ended').waitFor();
    await using watching = await looking(`/recordings/${browser.id}`);
    await other.recordings.delete(browser.id);
    await row.waitFor({ state: 'detached' });
    await watching.page.getByRole('alert').waitFor();
    visitor.assertNoComplaints();
  });

  it('should be seen of conversations that are deleted', async () => {
    const { sessionId, taskId } = await other.tasks.submit({ endUserId: 'dora', task: 'What is the heading of that page?' });
    await expect.poll(async () => (await other.tasks.get(taskId)).finishedAt, { timeout: 15_000 }).not.toBeNull();
    await using visitor = await looking('/conversations');
    await visitor.sees('What is the heading of that page?');
    await using reading = await looking(`/conversations/${sessionId}`);
    await other.sessions.delete(sessionId);
    await visitor.page.getByText('What is the heading of that page?').waitFor({ state: 'detached' });
    await reading.page.getByRole('alert').waitFor();
  });
});
