import type { CookieToSet, ImportProfileRequest, ProfileFormat, StorageState } from '@carrel/sdk';
import { UsageError } from '../../exit-codes.js';

export const FORMATS: readonly ProfileFormat[] = ['storageState', 'cookies', 'netscape'];

const UNKNOWN =
  'This is none of the formats that can be imported: Playwright’s storageState (JSON with `cookies` and `origins`), cookies (a JSON list, as ' +
  '`carrel cookies get --json` gives) or a Netscape cookies.txt (as curl and browser extensions write). Say which it is with --format.';

/**
 * The request that imports a text: in the format that is said, else in the one that the text is in. What is in it is for the server to judge.
 *
 * @throws UsageError when it is not in that format, or in none
 */
export function toImport(text: string, format: ProfileFormat | undefined): ImportProfileRequest {
  const content = text.replace(/^\ufeff/, '');
  const looksLikeJson = /^\s*[[{]/.test(content);
  if (format === 'netscape') return { netscape: content };
  if (format === undefined && !looksLikeJson) {
    if (looksLikeNetscape(content)) return { netscape: content };
    throw new UsageError(UNKNOWN);
  }
  const request = fromJson(parse(content), format);
  if (request !== undefined) return request;
  throw new UsageError(format === undefined ? UNKNOWN : `This is not ${format}: ${UNKNOWN}`);
}

/** Seven fields between tabs in a line are a cookie; so are those behind `#HttpOnly_`. https://curl.se/docs/http-cookies.html */
const looksLikeNetscape = (text: string) =>
  /^# (Netscape )?HTTP Cookie File/i.test(text) || text.split(/\r?\n/).some((line) => line.split('\t').length === 7);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`This is not the JSON that it seems to be: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
}

function fromJson(json: unknown, format: ProfileFormat | undefined): ImportProfileRequest | undefined {
  if (Array.isArray(json)) return format === 'storageState' ? undefined : { cookies: json as CookieToSet[] };
  if (typeof json !== 'object' || json === null) return undefined;
  // What `carrel profiles export --json` writes has the format as the name of a field.
  const { storageState, cookies, origins, netscape } = json as Record<string, unknown>;
  if (storageState !== undefined && format !== 'cookies') return { storageState: storageState as StorageState };
  if (Array.isArray(cookies) && Array.isArray(origins) && format !== 'cookies') return { storageState: json as StorageState };
  if (Array.isArray(cookies) && format !== 'storageState') return { cookies: cookies as CookieToSet[] };
  return typeof netscape === 'string' && format === undefined ? { netscape } : undefined;
}
