import type { BrowserEventType } from '@carrel/protocol';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export type JsonObject = Record<string, JsonValue>;

/** Writes a line in the browser's log. */
export type Emit = (type: BrowserEventType, data: JsonObject) => void;

const MAX_URL_CHARS = 2_048;

/** A URL as it may be written down: without user name and password, and not longer than a log line should be. */
export function loggableUrl(url: string): string {
  if (!URL.canParse(url)) return url.slice(0, MAX_URL_CHARS);
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return url.slice(0, MAX_URL_CHARS);
  parsed.username = '';
  parsed.password = '';
  return parsed.href.slice(0, MAX_URL_CHARS);
}
