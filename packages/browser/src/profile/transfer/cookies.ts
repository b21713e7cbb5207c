import { CarrelError, type CookieToSet, cookieToSet, type StorageState } from '@carrel/protocol';
import type { KeptCookie } from '../state.js';

/** A cookie to set, perhaps in a partition (CHIPS). */
export type CookieToBring = CookieToSet & Pick<KeptCookie, 'partitionKey'>;

/** Cookies in another form, and what that form cannot carry, in sentences. */
export interface Converted<T> {
  value: T;
  warnings: string[];
}

const HTTP_ONLY = '#HttpOnly_';
const HEADER = '# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n\n';

/** As `PUT /v1/browsers/{id}/cookies` takes them: without those that are in a partition, or have no name. */
export function toCookiesToSet(cookies: readonly KeptCookie[]): Converted<CookieToSet[]> {
  const { kept, warnings } = plainOnes(cookies);
  const value = kept.map(({ name, value, domain, path, expires, httpOnly, secure, sameSite }) => ({
    ...{ name, value, domain, path, expires, httpOnly, secure },
    ...(sameSite === undefined ? {} : { sameSite }),
  }));
  return { value, warnings };
}

/** As Playwright writes them. */
export function toPlaywrightCookies(cookies: readonly KeptCookie[]): StorageState['cookies'] {
  return cookies.map(({ name, value, domain, path, expires, httpOnly, secure, sameSite = 'Lax', partitionKey }) => ({
    ...{ name, value, domain, path, expires, httpOnly, secure, sameSite },
    ...(partitionKey === undefined
      ? {}
      : { partitionKey: partitionKey.topLevelSite, _crHasCrossSiteAncestor: partitionKey.hasCrossSiteAncestor }),
  }));
}

export function fromPlaywrightCookies(cookies: StorageState['cookies']): CookieToBring[] {
  return cookies.map(({ partitionKey, _crHasCrossSiteAncestor: hasCrossSiteAncestor = false, ...cookie }) =>
    partitionKey === undefined ? cookie : { ...cookie, partitionKey: { topLevelSite: partitionKey, hasCrossSiteAncestor } },
  );
}

/**
 * The text of a cookies.txt, which says nothing of SameSite: without cookies that are in a partition, have no name, or in which a tab would
 * be taken for the end of a field.
 * @see https://curl.se/docs/http-cookies.html
 */
export function toNetscape(cookies: readonly KeptCookie[]): Converted<string> {
  const { kept, warnings } = plainOnes(cookies);
  const lines = kept.map(({ name, value, domain, path, expires, httpOnly, secure }) => [
    `${httpOnly ? HTTP_ONLY : ''}${domain}`,
    flag(domain.startsWith('.')),
    path,
    flag(secure),
    String(expires === -1 ? 0 : Math.trunc(expires)),
    name,
    value,
  ]);
  const good = lines.filter((fields) => fields.every((field) => !/[\t\r\n\0]/.test(field)));
  warnings.push(...leftOut(lines.length - good.length, 'hold a tab, which a cookies.txt cannot say'));
  return { value: HEADER + good.map((fields) => `${fields.join('\t')}\n`).join(''), warnings };
}

/**
 * Reads the text of a cookies.txt.
 * @throws {CarrelError} `invalid_request`, with the number of the line that is not right in `details.line`, and nothing of what it says
 */
export function parseNetscape(text: string): CookieToSet[] {
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const cookies = lines.flatMap((line, index) => {
    const isComment = line.startsWith('#') && !line.startsWith(HTTP_ONLY);
    return isComment || line.trim() === '' ? [] : [parseLine(line, index + 1)];
  });
  if (cookies.length === 0) throw refusal(1, 'there is no cookie in it');
  return cookies;
}

function parseLine(line: string, number: number): CookieToSet {
  const httpOnly = line.startsWith(HTTP_ONLY);
  // Some leave the last tab away when the value is empty.
  const fields = (httpOnly ? line.slice(HTTP_ONLY.length) : line).split('\t');
  const [domain = '', isTail = '', path = '', isSecure = '', expires = '', name = '', value = ''] = fields;
  if (fields.length !== 7 && fields.length !== 6) throw refusal(number, `it has ${fields.length} fields separated by tabs, not 7`);
  if (!isFlag(isTail) || !isFlag(isSecure)) throw refusal(number, 'its second and fourth fields must be TRUE or FALSE');
  if (!/^(-1|\d{0,15}(\.\d+)?)$/.test(expires)) throw refusal(number, 'its fifth field must be a Unix time in seconds, or 0');
  const host = domain.replace(/^\./, '');
  const cookie = {
    name,
    value,
    domain: isTrue(isTail) ? `.${host}` : host,
    path,
    expires: Number(expires) > 0 ? Number(expires) : -1,
    httpOnly,
    secure: isTrue(isSecure),
  };
  const checked = cookieToSet.safeParse(cookie);
  if (checked.success && host !== '') return checked.data;
  const [issue] = checked.error?.issues ?? [];
  throw refusal(number, issue === undefined ? 'it names no domain' : `its ${issue.path.join('.')} is not right (${issue.message})`);
}

const flag = (value: boolean) => (value ? 'TRUE' : 'FALSE');
const isTrue = (text: string) => text.toUpperCase() === 'TRUE';
const isFlag = (text: string) => isTrue(text) || text.toUpperCase() === 'FALSE';

const refusal = (line: number, why: string) =>
  new CarrelError('invalid_request', `Line ${line} of the cookies.txt cannot be read: ${why}.`, {
    details: { line, issues: [{ path: 'netscape', message: `line ${line}: ${why}` }] },
  });

/** Without the partition it would be another cookie, and without a name there is no field for it. */
function plainOnes(cookies: readonly KeptCookie[]): { kept: KeptCookie[]; warnings: string[] } {
  const whole = cookies.filter(({ partitionKey }) => partitionKey === undefined);
  const kept = whole.filter(({ name }) => name !== '');
  return {
    kept,
    warnings: [
      ...leftOut(cookies.length - whole.length, 'belong to a site within another, which only the format storageState can say'),
      ...leftOut(whole.length - kept.length, 'have no name, which only the format storageState can say'),
    ],
  };
}

const leftOut = (count: number, why: string) => (count === 0 ? [] : [`${count} cookie(s) were left out: they ${why}.`]);
