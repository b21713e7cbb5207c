import { baseOf } from './languages.js';

/** Where most people live, in countries with more than one time zone; ISO 3166-1 and IANA. The other countries Node's ICU knows. */
const MAIN_TIMEZONES: Readonly<Record<string, string>> = {
  AR: 'America/Argentina/Buenos_Aires',
  AU: 'Australia/Sydney',
  BR: 'America/Sao_Paulo',
  CA: 'America/Toronto',
  CD: 'Africa/Kinshasa',
  CL: 'America/Santiago',
  CN: 'Asia/Shanghai',
  CY: 'Asia/Nicosia',
  DE: 'Europe/Berlin',
  EC: 'America/Guayaquil',
  ES: 'Europe/Madrid',
  FM: 'Pacific/Ponape',
  GL: 'America/Godthab',
  ID: 'Asia/Jakarta',
  KI: 'Pacific/Tarawa',
  KZ: 'Asia/Almaty',
  MH: 'Pacific/Majuro',
  MN: 'Asia/Ulaanbaatar',
  MX: 'America/Mexico_City',
  MY: 'Asia/Kuala_Lumpur',
  NZ: 'Pacific/Auckland',
  PF: 'Pacific/Tahiti',
  PG: 'Pacific/Port_Moresby',
  PS: 'Asia/Gaza',
  PT: 'Europe/Lisbon',
  RU: 'Europe/Moscow',
  UA: 'Europe/Kiev',
  US: 'America/New_York',
  UZ: 'Asia/Tashkent',
  XK: 'Europe/Belgrade',
};

/** TypeScript's library does not know it yet; it was a getter before it became a method (ECMA-402, Intl Locale Info). */
interface LocaleInfo {
  timeZones?: string[];
  getTimeZones?(): string[];
}

/** What fits a country; undefined where nothing is known. */
export interface CountryHabits {
  timezone: string | undefined;
  /** The language of most people there (CLDR, likely subtags), with the country as its region. */
  locale: string | undefined;
}

/** @param country two letters, ISO 3166-1 */
export function habitsOf(country: string): CountryHabits {
  const region = country.toUpperCase();
  const somebodyThere = new Intl.Locale(`und-${region}`);
  const info = somebodyThere as LocaleInfo;
  const zones = info.getTimeZones?.() ?? info.timeZones ?? [];
  const likely = somebodyThere.maximize();
  const timezone = MAIN_TIMEZONES[region] ?? (zones.length === 1 ? zones[0] : undefined);
  // Of a region that it does not know, ICU says what it says of the world: en-US.
  return { timezone, locale: likely.region === region ? `${baseOf(likely.language)}-${region}` : undefined };
}
