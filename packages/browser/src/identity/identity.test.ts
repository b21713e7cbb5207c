import type { BrowserKind } from '@carrel/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestIsolation, testSandbox } from '../testing/launch.js';
import { open } from '../testing/open-browser.js';
import { type IdentitySite, PLACES, startIdentitySite } from './testing/identity-site.js';
import { visitorOf } from './testing/visitor.js';

let isolation: TestIsolation;
let site: IdentitySite;
beforeAll(async () => {
  isolation = await testSandbox();
});
afterAll(() => isolation?.[Symbol.asyncDispose]());

const GERMAN = {
  locale: 'de-DE',
  timezone: 'Europe/Berlin',
  viewport: { width: 1440, height: 800 },
  screen: { width: 2560, height: 1440 },
  colorScheme: 'dark',
} as const;

const WINDOWS = ['page', 'sameSiteFrame', 'crossSiteFrame', 'popup'];

describe.each<BrowserKind>(['headless-shell', 'chromium'])('The identity of a browser of kind %s', (kind) => {
  beforeAll(async () => {
    site = await startIdentitySite();
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  it('should be the same in every place that runs scripts, and in every request', async () => {
    await using opened = open(isolation, { kind, identity: GERMAN });
    await opened.started;
    const { browser } = opened;
    const { version } = browser;
    const major = version?.split('.')[0];
    const userAgent = `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`;
    expect(browser.identity).toMatchObject({ ...GERMAN, userAgent, languages: ['de-DE', 'de', 'en-US', 'en'], geolocation: null });
    await using visitor = await visitorOf(browser);
    const page = await visitor.visit(`${site.origin}/page`);
    const found = await visitor.survey(page);

    const everywhere = {
      userAgent,
      language: 'de-DE',
      languages: ['de-DE', 'de', 'en-US', 'en'],
      timezone: 'Europe/Berlin',
      locale: 'de',
      brands: expect.arrayContaining([expect.stringMatching(/^Not.A.Brand \d+$/), `Chromium ${major}`]),
      hints: expect.objectContaining({
        uaFullVersion: version,
        fullVersionList: expect.arrayContaining([`Chromium ${version}`]),
        architecture: process.arch === 'arm64' ? 'arm' : 'x86',
        bitness: '64',
        platform: 'Linux',
        formFactors: ['Desktop'],
      }),
    };
    for (const place of PLACES) expect({ place, ...found[place] }).toMatchObject({ place, ...everywhere });
    for (const place of WINDOWS) expect({ place, ...found[place] }).toMatchObject({ place, dark: true, screen: [2560, 1440] });
    expect(await visitor.ask(page, '[innerWidth, innerHeight]')).toEqual([1440, 800]);
    expect(JSON.stringify(found)).not.toContain('Headless');

    await site.requested('/from-service');
    for (const [path, headers] of site.requests) {
      const said = { path, userAgent: headers['user-agent'], languages: headers['accept-language'] };
      expect(said).toEqual({ path, userAgent, languages: 'de-DE,de;q=0.9,en-US;q=0.8,en;q=0.7' });
      expect(JSON.stringify(headers)).not.toContain('Headless');
    }
  });
});
