/**
 * The schemes of the URLs that a caller may send a page to, and why each. Everything else is refused before anything is loaded, among it
 * `file:` (files of the machine that the browser runs on), `chrome:`, `devtools:`, `chrome-extension:` and `view-source:` (pages of the
 * browser itself, which may do what no page may), `javascript:` (a script, not a place: evaluate it) and whatever another program would be
 * started for, such as `mailto:`.
 */
const SCHEMES: Readonly<Record<string, (url: URL) => boolean>> = {
  // The network, through the browser's proxy and its rules.
  'http:': () => true,
  'https:': () => true,
  // The content is in the URL; it has no origin, and so nobody's rights.
  'data:': () => true,
  // What a page of the web has made. The origin in it is the one that it will have.
  'blob:': ({ pathname }) => /^(https?:\/\/|null\/)/.test(pathname),
  // The empty page. Of its other names Chromium makes pages of its own: about:version is chrome://version.
  'about:': ({ pathname }) => pathname === 'blank',
};

/** What `isNavigable` accepts, in words. */
export const NAVIGABLE = 'http:, https:, data: and blob: URLs and about:blank';

/**
 * Whether a page may be sent to this URL. It is read as Chromium reads it (https://url.spec.whatwg.org/#concept-basic-url-parser): spaces and
 * control characters round it, tabs and line ends in it and the case of its scheme hide nothing.
 */
export function isNavigable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return Object.hasOwn(SCHEMES, url.protocol) && SCHEMES[url.protocol]?.(url) === true;
}

/** Whether this is a URL that the network is asked for. */
export const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/**
 * Whether a URL is as a pattern says: `*` stands for anything. In linear time, and not by a regular expression: the URL may be a page's, which
 * could make that take for ever.
 */
export function matchesUrl(pattern: string, url: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return url === first;
  if (!url.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = url.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return url.length - last.length >= at && url.endsWith(last);
}
