import { type CarrelError, type IdentityRequest, identityRequest } from '@carrel/protocol';
import { describe, expect, it } from 'vitest';
import type { ChromiumFacts } from '../chromium/index.js';
import { resolveIdentity } from './resolve.js';
import { brandHeaders } from './user-agent.js';

const CHROMIUM: ChromiumFacts = {
  product: 'Chromium',
  version: '156.0.8078.79',
  translations: ['de', 'en-GB', 'en-US', 'es-419', 'nb', 'pt-BR'],
};
const REAL = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

const resolve = (asked: IdentityRequest, country: string | null = null, chromium = CHROMIUM) =>
  resolveIdentity({ asked: identityRequest.parse(asked), chromium, country });

describe('An identity', () => {
  it('should by default be a desktop of the Chromium that runs, in English, in the time zone of the server', () => {
    expect(resolve({})).toEqual({
      locale: 'en-US',
      languages: ['en-US', 'en'],
      timezone: new Intl.DateTimeFormat('en').resolvedOptions().timeZone,
      userAgent: REAL,
      viewport: { width: 1280, height: 720 },
      screen: { width: 1920, height: 1080 },
      colorScheme: 'light',
      geolocation: null,
      rendering: 'varied',
      seed: expect.stringMatching(/^[\w-]{16}$/),
    });
  });

  it.each([
    [{ locale: 'de-DE' }, { locale: 'de-DE', languages: ['de-DE', 'de', 'en-US', 'en'] }],
    [{ locale: 'DE-at' }, { locale: 'de-AT', languages: ['de-AT', 'de', 'en-US', 'en'] }],
    [{ locale: 'en-GB' }, { locale: 'en-GB', languages: ['en-GB', 'en-US', 'en'] }],
    [{ languages: ['pt-BR', 'es-AR', 'es-ES'] }, { locale: 'pt-BR', languages: ['pt-BR', 'pt', 'es-AR', 'es-ES', 'es'] }],
    [
      { locale: 'de', languages: ['de-CH', 'fr'] },
      { locale: 'de', languages: ['de-CH', 'de', 'fr'] },
    ],
    [{ locale: 'no' }, { locale: 'no', languages: ['no', 'en-US', 'en'] }],
    [{ timezone: 'europe/berlin' }, { timezone: 'Europe/Berlin' }],
    [{ timezone: 'Asia/Kolkata' }, { timezone: 'Asia/Kolkata' }],
    [{ viewport: { width: 2000, height: 1200 } }, { screen: { width: 2560, height: 1440 } }],
    [{ userAgent: `${REAL} MyAgent/1.0` }, { userAgent: `${REAL} MyAgent/1.0` }],
    [{ geolocation: { latitude: 1.3, longitude: 103.8 } }, { geolocation: { latitude: 1.3, longitude: 103.8, accuracy: 50 } }],
    [
      { geolocation: { latitude: 1.87, longitude: -157.4, accuracy: 5 }, timezone: 'Pacific/Kiritimati' },
      { timezone: 'Pacific/Kiritimati' },
    ],
  ])('should be completed from %j so that it fits', (asked, expected) => {
    expect(resolve(asked as IdentityRequest)).toMatchObject(expected);
  });

  it.each([
    ['DE', { timezone: 'Europe/Berlin', locale: 'de-DE' }],
    ['br', { timezone: 'America/Sao_Paulo', locale: 'pt-BR' }],
    ['MX', { timezone: 'America/Mexico_City', locale: 'es-MX' }],
    // Chromium is not translated to Japanese here.
    ['JP', { timezone: 'Asia/Tokyo', locale: 'en-US' }],
    ['ZZ', { timezone: new Intl.DateTimeFormat('en').resolvedOptions().timeZone, locale: 'en-US' }],
  ])('should fit the country %s that the browser leaves in', (country, expected) => {
    expect(resolve({}, country)).toMatchObject(expected);
    expect(resolve({ timezone: 'UTC', locale: 'en-GB' }, country)).toMatchObject({ timezone: 'UTC', locale: 'en-GB' });
  });

  it.each<[IdentityRequest, string[], RegExp]>([
    [{ locale: 'de-DE', languages: ['fr', 'de'] }, ['locale', 'languages'], /locale de-DE and the languages fr, de, of which fr/],
    [{ locale: 'mn-MN' }, ['locale'], /language mn-MN and the Chromium.*chromium-l10n/],
    [{ languages: ['ja'] }, ['languages'], /language ja and the Chromium/],
    [{ timezone: 'Europe/Atlantis' }, ['timezone'], /no time zone Europe\/Atlantis/],
    [{ userAgent: REAL.replace('156', '147') }, ['userAgent'], /Chrome\/147.*and the Chromium that runs.*Chrome\/156/],
    [{ userAgent: REAL.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64') }, ['userAgent'], /Windows NT/],
    [{ userAgent: `${REAL} Edg/156.0.0.0` }, ['userAgent'], /Edg/],
    [{ userAgent: REAL.replace('Chrome/', 'HeadlessChrome/') }, ['userAgent'], /HeadlessChrome/],
    [
      { viewport: { width: 2000, height: 800 }, screen: { width: 1920, height: 1080 } },
      ['viewport', 'screen'],
      /2000×800 and the screen of 1920×1080/,
    ],
    [
      { geolocation: { latitude: 35.7, longitude: 139.7, accuracy: 50 }, timezone: 'Europe/Berlin' },
      ['geolocation', 'timezone'],
      /35\.7, 139\.7 and the time zone Europe\/Berlin/,
    ],
  ])('should not be %j', (asked, fields, message) => {
    let error: unknown;
    try {
      resolve(asked);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'identity_contradiction', message: expect.stringMatching(message) });
    expect((error as CarrelError).details).toEqual({ fields: fields.map((field) => `identity.${field}`) });
  });

  it.each([
    ['Chromium', '156.0.1.2', '"Not:A-Brand";v="8", "Chromium";v="156"'],
    // As these versions were seen to send it.
    ['Google Chrome', '131.0.6778.86', '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"'],
    ['Google Chrome', '120.0.6099.109', '"Not_A Brand";v="8", "Chromium";v="120", "Google Chrome";v="120"'],
  ])('should have the brands that %s %s has', (product, version, expected) => {
    expect(brandHeaders({ product, version, translations: [] })['sec-ch-ua']).toBe(expected);
  });
});
