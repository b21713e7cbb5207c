import { randomBytes } from 'node:crypto';
import { CarrelError, type Identity, type IdentityRequest } from '@carrel/protocol';
import type { ChromiumFacts } from '../chromium/index.js';
import { continuing } from './continue.js';
import { habitsOf } from './countries.js';
import { baseOf, isTranslated, languagesOf, withBases } from './languages.js';
import { fullUserAgentOf, userAgentOf } from './user-agent.js';

const DEFAULT_LOCALE = 'en-US';
/** Asked for once: it takes half a millisecond. */
const SERVER_TIMEZONE = new Intl.DateTimeFormat('en').resolvedOptions().timeZone.replace('Etc/Unknown', 'UTC');
const DEFAULT_VIEWPORT = { width: 1280, height: 720 };
/** What people have on their desks, smallest first; the first is by far the most common. */
const SCREENS = [
  { width: 1920, height: 1080 },
  { width: 2560, height: 1440 },
  { width: 3840, height: 2160 },
  { width: 7680, height: 4320 },
] as const;
/** Browsers of others, in their user agents; those of theirs that say more than this are no Chromium at all. */
const OTHER_BROWSERS = /\b(Edge?|OPR|Opera|Firefox|Vivaldi|YaBrowser|SamsungBrowser|CriOS|Chrome|Headless\w*|Mobile|Android)\b/;
/** Clocks are up to four hours off the sun, in the west of China; beyond this, a place and a time zone are surely not the same. */
const MAX_HOURS_OFF_THE_SUN = 5.5;

export interface ResolveOptions {
  asked: IdentityRequest;
  /** Who the browser before was whose profile this one continues; what is asked for comes before it. */
  kept?: IdentityRequest | undefined;
  chromium: ChromiumFacts;
  /** Where the browser leaves, two letters of ISO 3166-1; null: not known. */
  country?: string | null;
}

/**
 * The whole identity: what was asked for, and for the rest what fits it, the country that the browser leaves in and the Chromium that runs.
 * With no country known the time zone is the server's, since an exit without one is, as a rule, the server's own address.
 * @throws {CarrelError} `identity_contradiction`
 */
export function resolveIdentity({ asked: wished, kept, chromium, country = null }: ResolveOptions): Identity {
  const asked = kept === undefined ? wished : continuing(kept, wished, chromium);
  const habits = country === null ? undefined : habitsOf(country);
  const { locale, languages } = resolveLanguages(asked, chromium, habits?.locale);
  const timezone = asked.timezone === undefined ? (habits?.timezone ?? SERVER_TIMEZONE) : canonicalTimezone(asked.timezone);
  return {
    locale,
    languages,
    timezone,
    userAgent: resolveUserAgent(asked.userAgent, chromium),
    ...resolveSizes(asked),
    colorScheme: asked.colorScheme ?? 'light',
    geolocation: resolveGeolocation(asked),
    rendering: asked.rendering ?? 'varied',
    seed: asked.seed ?? randomBytes(12).toString('base64url'),
  };
}

function resolveLanguages({ locale, languages }: IdentityRequest, { translations }: ChromiumFacts, usual: string | undefined) {
  const [best] = languages ?? [];
  const chosen = locale ?? best;
  if (chosen === undefined) {
    const fitting = usual !== undefined && isTranslated(usual, translations) ? usual : DEFAULT_LOCALE;
    return { locale: fitting, languages: languagesOf(fitting) };
  }
  const canonical = canonicalTag(chosen, locale === undefined ? 'languages' : 'locale');
  const all = languages === undefined ? languagesOf(canonical) : withBases(languages.map((tag) => canonicalTag(tag, 'languages')));
  if (locale !== undefined && all[0] !== undefined && baseOf(all[0]) !== baseOf(canonical)) {
    throw contradiction(
      ['locale', 'languages'],
      `The locale ${canonical} and the languages ${all.join(', ')}, of which ${all[0]} comes first`,
    );
  }
  if (!isTranslated(canonical, translations)) {
    const which = locale === undefined ? 'languages' : 'locale';
    const mend = 'translations come with the package chromium-l10n on Debian and Ubuntu';
    throw contradiction([which], `The language ${canonical} and the Chromium of this server, which is not translated to it (${mend}),`);
  }
  return { locale: canonical, languages: all };
}

function canonicalTag(tag: string, field: 'locale' | 'languages'): string {
  try {
    return new Intl.Locale(tag).toString();
  } catch (cause) {
    throw refusal([field], `identity.${field}: ${tag} is no language tag.`, cause);
  }
}

/** @throws {CarrelError} `identity_contradiction` */
function canonicalTimezone(timezone: string): string {
  let canonical: string;
  try {
    canonical = new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
  } catch (cause) {
    throw refusal(['timezone'], `identity.timezone: there is no time zone ${timezone}. Name one of IANA's, such as Europe/Berlin.`, cause);
  }
  // Of two names of one zone the caller's is kept, unless the case is wrong: files of zones have it right.
  return canonical.toLowerCase() === timezone.toLowerCase() ? canonical : timezone;
}

function resolveUserAgent(asked: string | undefined, chromium: ChromiumFacts): string {
  const real = userAgentOf(chromium);
  if (asked === undefined) return real;
  const start = [real, fullUserAgentOf(chromium)].find((own) => asked === own || asked.startsWith(`${own} `));
  if (start === undefined || OTHER_BROWSERS.test(asked.slice(start.length))) {
    throw contradiction(['userAgent'], `The user agent ${JSON.stringify(asked)} and the Chromium that runs, which is "${real}",`);
  }
  return asked;
}

function resolveSizes({ viewport: asked, screen }: IdentityRequest): Pick<Identity, 'viewport' | 'screen'> {
  const viewport = asked ?? {
    width: Math.min(DEFAULT_VIEWPORT.width, screen?.width ?? DEFAULT_VIEWPORT.width),
    height: Math.min(DEFAULT_VIEWPORT.height, screen?.height ?? DEFAULT_VIEWPORT.height),
  };
  const fits = (size: { width: number; height: number }) => size.width >= viewport.width && size.height >= viewport.height;
  if (screen === undefined) return { viewport, screen: { ...(SCREENS.find(fits) ?? viewport) } };
  if (fits(screen)) return { viewport, screen };
  const write = ({ width, height }: { width: number; height: number }) => `${width}×${height}`;
  throw contradiction(['viewport', 'screen'], `The viewport of ${write(viewport)} and the screen of ${write(screen)}, which is smaller,`);
}

function resolveGeolocation({ geolocation, timezone }: IdentityRequest): Identity['geolocation'] {
  if (geolocation === undefined) return null;
  if (timezone !== undefined && Math.abs(geolocation.latitude) < 65) {
    // The sun moves 15 degrees an hour; the day's border runs along the other side of the earth.
    const hoursOff = Math.abs(((((hoursEast(timezone) - geolocation.longitude / 15) % 24) + 36) % 24) - 12);
    if (hoursOff > MAX_HOURS_OFF_THE_SUN) {
      const place = `${geolocation.latitude}, ${geolocation.longitude}`;
      throw contradiction(
        ['geolocation', 'timezone'],
        `The geolocation ${place} and the time zone ${timezone}, which is that of other places,`,
      );
    }
  }
  return geolocation;
}

/** How far a zone's clocks are ahead of UTC now, in hours. */
function hoursEast(timezone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' }).formatToParts();
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0'] = /GMT([+-])(\d+):(\d+)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) + Number(minutes) / 60);
}

const contradiction = (fields: string[], sides: string) =>
  refusal(fields, `${sides} cannot both be true. Change one of them, or leave one out: it is then chosen to fit.`);

const refusal = (fields: string[], message: string, cause?: unknown) =>
  new CarrelError('identity_contradiction', message, { cause, details: { fields: fields.map((field) => `identity.${field}`) } });
