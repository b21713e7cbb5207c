import { describe, expect, it } from 'vitest';
import { isNavigable } from './urls.js';

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
