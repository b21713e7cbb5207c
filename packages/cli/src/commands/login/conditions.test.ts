import { expect, it } from 'vitest';
import { matchesUrl } from './conditions.js';

it.each([
  ['https://shop.test/account', 'https://shop.test/account', true],
  ['https://shop.test/account', 'https://shop.test/account?x=1', false],
  ['https://shop.test/account*', 'https://shop.test/account?x=1', true],
  ['*/members', 'https://shop.test/a/members', true],
  ['*://*.test/*', 'https://shop.test/a', true],
  ['https://shop.test/a?b', 'https://shop.test/a?b', true],
  ['https://shop.test/a', 'https://shopXtest/a', false],
  ['account', 'https://shop.test/account', false],
  ['*', 'about:blank', true],
])('should say whether %s matches %s', (pattern, url, isSo) => {
  expect(matchesUrl(pattern, url)).toBe(isSo);
});
