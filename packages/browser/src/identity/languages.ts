/** The languages that Chrome comes with for a locale, best first: its own, and English, which is what most of the web is in. */
export const languagesOf = (locale: string): string[] => withBases([...new Set([locale, 'en-US'])]);

/** The language of a tag, without its region: `de` of `de-AT`. */
export const baseOf = (tag: string): string => tag.split('-')[0] ?? tag;

/** Adds each language after the last of its regions, as Chrome does when it sends Accept-Language: `de-DE,de` for `de-DE`. */
export function withBases(languages: readonly string[]): string[] {
  const all: string[] = [];
  for (const [index, tag] of languages.entries()) {
    const base = baseOf(tag);
    if (!all.includes(tag)) all.push(tag);
    const isLastOfBase = !languages.slice(index + 1).some((other) => baseOf(other) === base);
    if (isLastOfBase && !all.includes(base)) all.push(base);
  }
  return all;
}

/** As Chrome writes Accept-Language (`HttpUtil::GenerateAcceptLanguageHeader`): `de-DE,de;q=0.9,en;q=0.8`, down to 0.1. */
export const acceptLanguage = (languages: readonly string[]): string =>
  languages.map((tag, index) => (index === 0 ? tag : `${tag};q=${Math.max(10 - index, 1) / 10}`)).join(',');

/** Languages that Chromium translates under another name than the one they are asked for by. */
const RENAMED: Readonly<Record<string, string>> = { no: 'nb' };

export const isTranslated = (locale: string, translations: readonly string[] | undefined): boolean =>
  translations === undefined || translations.some((name) => baseOf(name) === (RENAMED[baseOf(locale)] ?? baseOf(locale)));
