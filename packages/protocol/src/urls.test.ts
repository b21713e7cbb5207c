import { describe, expect, it } from 'vitest';
import { isNavigable, matchesUrl } from './urls.js';

describe('isNavigable', () => {
  it.each([
    'http://example.com',
    'HTTPS://example.com/a?b#c',
    ' \thttps://example.com',
    'https:example.com',
    'data:text/html,<p>x',
    'blob:https://example.com/1b1fd0f8',
    'blob:null/1b1fd0f8',
    'about:blank',
    'about:blank#here',
  ])('should allow %j', (url) => {
    expect(isNavigable(url)).toBe(true);
  });

  it.each([
    '',
    'example.com',
    '//example.com',
    'file:///etc/passwd',
    'FILE:///etc/passwd',
    'file:/etc/passwd',
    'file:etc/passwd',
    'fi\tle:///etc/passwd',
    'fi\nle:///etc/passwd',
    'fi\rle:///etc/passwd',
    '\u0000\u0001 file:///etc/passwd',
    'fi\ud800le:///etc/passwd',
    'ﬁle:///etc/passwd',
    'view-source:https://example.com',
    'view-source:file:///etc/passwd',
    'chrome://version',
    'chrome:version',
    'CHROME://settings',
    'chrome-untrusted://x',
    'chrome-error://chromewebdata/',
    'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/index.html',
    'chrome-devtools://devtools/bundled/inspector.html',
    'devtools://devtools/bundled/inspector.html',
    'about:version',
    'about:BLANK',
    'about:blank/../version',
    'about:srcdoc',
    'about:',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'blob:file:///1b1fd0f8',
    'blob:chrome://version/1b1fd0f8',
    'filesystem:https://example.com/temporary/x',
    'mailto:a@example.com',
    'ftp://example.com',
    'ws://example.com',
    'content://x',
    'externalfile:x',
    'isolated-app://x',
    '__proto__:x',
    'constructor:x',
  ])('should refuse %j', (url) => {
    expect(isNavigable(url)).toBe(false);
  });
});

describe('matchesUrl', () => {
  it.each([
    ['https://shop.test/account', 'https://shop.test/account', true],
    ['https://shop.test/account', 'https://shop.test/account?x=1', false],
    ['https://shop.test/account*', 'https://shop.test/account?x=1', true],
    ['*/members', 'https://shop.test/a/members', true],
    ['*://*.test/*', 'https://shop.test/a', true],
    ['https://shop.test/a?b', 'https://shop.test/a?b', true],
    ['https://shop.test/a', 'https://shopXtest/a', false],
    ['account', 'https://shop.test/account', false],
    ['https://a*/a', 'https://a/a', true],
    ['https://a/*/a', 'https://a/a', false],
    ['*', 'about:blank', true],
  ])('should say whether %s matches %s', (pattern, url, isSo) => {
    expect(matchesUrl(pattern, url)).toBe(isSo);
  });

  it('should take no longer for what a page may have made to be matched for ever', () => {
    const url = `https://shop.test/${'a'.repeat(60_000)}`;
    expect(matchesUrl(`${'*a'.repeat(1000)}*b`, url)).toBe(false);
  });
});
