import { Carrel } from '@carrel/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scaled } from '../../../packages/browser/src/testing/scale.js';
import { greetingPage, startSite, startTestServer, type TestServer, type TestSite } from '../running/server-and-site.js';
import { Visitor } from './visitor.js';

let server: TestServer;
let site: TestSite;
let ids: { browser: string; ended: string; session: string; turn: string; profile: string; webhook: string };

/** A server with something of everything. */
beforeAll(async () => {
  server = await startTestServer();
  site = await startSite(greetingPage);
  const client = new Carrel({ url: server.url, apiKey: server.apiKey });
  const profile = await client.profiles.create({ name: 'ann’s', endUserId: 'ann' });
  const request = { endUserId: 'ann', profile: { id: profile.id, persist: true }, metadata: { team: 'support' }, record: true };
  const browser = await client.browsers.open(request, { keepAlive: false });
  await browser.execute({ type: 'goto', url: site.url });
  await browser.cookies.set([{ name: 'sid', value: '1', url: site.url }]);
  await browser.files.put('cv.txt', 'I read a lot.');
  await browser.checkpoint();
  const ended = await client.browsers.open({}, { keepAlive: false });
  await ended.close();
  const asked = { endUserId: 'ann', task: 'What is the heading?', startUrl: site.url, record: true };
  const { sessionId, browserId } = await client.tasks.run(asked);
  const webhook = await client.webhooks.create({ url: 'https://hooks.example/carrel' });
  await client.endUsers('ann').credentials.set({ logins: [{ domain: 'shop.example', username: 'ann', password: 'hunter22' }] });
  ids = { browser: browser.id, ended: ended.id, session: sessionId, turn: browserId ?? '', profile: profile.id, webhook: webhook.id };
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

/** Every page there is: `{name}` is one of the ids above. */
const PLACES = [
  '/',
  '/browsers',
  '/browsers?open=new',
  '/browsers?status=failed',
  ...['live', 'console', 'events', 'network', 'files', 'cookies', 'links', 'recording', 'about'].map(
    (view) => `/browsers/{browser}?view=${view}`,
  ),
  '/browsers/{ended}',
  '/browsers/{ended}?view=recording',
  '/conversations',
  '/conversations/{session}',
  '/profiles',
  '/profiles/{profile}',
  '/end-users',
  '/end-users/ann',
  '/recordings',
  '/recordings/{browser}',
  '/recordings/{turn}',
  '/webhooks',
  '/webhooks/{webhook}',
  '/keys',
  '/settings',
  '/playground',
  '/playground?operation=openBrowser',
  '/browsers/br_00000000000000000000000000',
  '/no/such/page',
];
const addressOf = (place: string) => place.replace(/\{(\w+)\}/, (_, name: keyof typeof ids) => ids[name]);

/** Both wide and narrow, each page loaded once. Dark differs by its colours only, so that it is looked at in full by the proof. */
const THEMES = scaled<('light' | 'dark')[]>(['light'], ['light', 'dark']);

describe.each(THEMES)('every page, %s', (colorScheme) => {
  it('should be there for all: no barrier that axe knows of, nothing beyond the edge, nothing that the policy refuses', async () => {
    await using visitor = await Visitor.signedIn(server);
    await visitor.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const wrong: Record<string, unknown> = {};
    for (const place of PLACES) {
      await visitor.page.setViewportSize({ width: 1280, height: 800 });
      await visitor.goTo(addressOf(place));
      const onDesk = { barriers: await visitor.barriers(), overflow: await visitor.overflow() };
      await visitor.page.setViewportSize({ width: 360, height: 800 });
      const onPhone = { barriers: scaled(false, true) ? await visitor.barriers() : [], overflow: await visitor.overflow() };
      const complaints = visitor.complaints.splice(0);
      const isFine = [onDesk, onPhone].every(({ barriers, overflow }) => barriers.length === 0 && overflow <= 0);
      if (!isFine || complaints.length > 0) wrong[place] = { onDesk, onPhone, complaints };
    }
    expect(wrong).toEqual({});
  }, 120_000);
});

it('should be usable by somebody who only has a keyboard', async () => {
  await using visitor = await Visitor.signedIn(server);
  const { page } = visitor;
  await page.keyboard.press('g');
  await page.keyboard.press('p');
  await page.getByRole('heading', { name: 'Profiles' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await visitor.goTo('/browsers');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
});
