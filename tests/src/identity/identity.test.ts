import { type Browser, type OpenBrowserRequest, routes } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../running/api.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

/** The exit of the operator's need not be there: nothing leaves by it. */
const POOL = JSON.stringify([{ url: 'http://127.0.0.1:1', country: 'JP' }]);

let server: TestServer;
let api: Api;
beforeAll(async () => {
  server = await startTestServer({ CARREL_PROXIES: POOL });
  api = new Api(server.url, server.apiKey);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const opened: string[] = [];
const open = async (body: OpenBrowserRequest): Promise<Browser> => {
  const browser = await api.must(routes.openBrowser, { body });
  opened.push(browser.id);
  return browser;
};
afterAll(async () => {
  for (const id of opened) await api.must(routes.closeBrowser, { params: { id } });
});

async function seenIn({ id }: Browser): Promise<unknown> {
  const expression = `({ languages: [...navigator.languages], timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    userAgent: navigator.userAgent, viewport: { width: innerWidth, height: innerHeight }, screen: { width: screen.width, height: screen.height } })`;
  const result = await api.must(routes.execute, { params: { id }, body: { type: 'evaluate', expression } });
  return result.value;
}

describe('The identity of a browser', () => {
  it('should be whole in its resource, and what its pages see', async () => {
    const identity = { locale: 'fr-FR', timezone: 'Europe/Paris', viewport: { width: 1000, height: 700 }, seed: 'a seed' };
    const browser = await open({ identity });
    expect(browser.identity).toMatchObject({
      ...identity,
      languages: ['fr-FR', 'fr', 'en-US', 'en'],
      userAgent: expect.stringMatching(/ Chrome\/\d+\.0\.0\.0 Safari\/537\.36$/),
      screen: { width: 1920, height: 1080 },
      colorScheme: 'light',
      geolocation: null,
      rendering: 'varied',
    });
    const { languages, timezone, userAgent, viewport, screen } = browser.identity ?? {};
    expect(await seenIn(browser)).toEqual({ languages, timezone, userAgent, viewport, screen });
    expect((await api.must(routes.getBrowser, { params: { id: browser.id } })).identity).toEqual(browser.identity);
    await api.must(routes.closeBrowser, { params: { id: browser.id } });
    const { data } = await api.must(routes.listBrowsers);
    expect(data.find(({ id }) => id === browser.id)?.identity).toEqual(browser.identity);
  });

  it('should be chosen to fit the country that it leaves in, unless it says otherwise', async () => {
    const there = await open({ proxies: 'jp', identity: { colorScheme: 'dark' } });
    expect(there.identity).toMatchObject({
      timezone: 'Asia/Tokyo',
      locale: 'ja-JP',
      languages: ['ja-JP', 'ja', 'en-US', 'en'],
      colorScheme: 'dark',
    });
    const traveller = await open({ proxies: 'JP', identity: { locale: 'en-GB' } });
    expect(traveller.identity).toMatchObject({ timezone: 'Asia/Tokyo', locale: 'en-GB' });
  });

  it('should have a seed of its own when none is named', async () => {
    const [one, other] = [await open({}), await open({})];
    expect(one.identity?.seed).not.toBe(other.identity?.seed);
    expect({ ...one.identity, seed: '' }).toEqual({ ...other.identity, seed: '' });
  });

  it('should be refused when it contradicts itself, and open nothing', async () => {
    const count = (await api.must(routes.listBrowsers)).data.length;
    const { error, details } = await api.mustFail(routes.openBrowser, 'identity_contradiction', {
      body: { identity: { locale: 'de-DE', languages: ['fr'] } },
    });
    expect(error).toMatch(/locale de-DE and the languages fr/);
    expect(details).toEqual({ fields: ['identity.locale', 'identity.languages'] });
    await api.mustFail(routes.openBrowser, 'identity_contradiction', { body: { identity: { timezone: 'Europe/Atlantis' } } });
    await api.mustFail(routes.openBrowser, 'invalid_request', { body: { identity: { viewport: { width: 10, height: 10 } } } });
    await api.mustFail(routes.openBrowser, 'unknown_field', {
      rawBody: '{"identity": {"platform": "Win32"}}',
      headers: { 'content-type': 'application/json' },
    });
    expect((await api.must(routes.listBrowsers)).data).toHaveLength(count);
  });
});
