import { describe, expect, it } from 'vitest';
import { UsageError } from '../../exit-codes.js';
import { toImport } from './import-format.js';

const cookies = [{ name: 'sid', value: 'x', domain: 'shop.test', path: '/' }];
const state = { cookies, origins: [{ origin: 'https://shop.test', localStorage: [] }] };
const line = 'shop.test\tFALSE\t/\tTRUE\t0\tsid\tx';

describe('toImport', () => {
  it.each([
    ['storageState', JSON.stringify(state), { storageState: state }],
    ['storageState behind a byte order mark', `\ufeff\n${JSON.stringify(state)}`, { storageState: state }],
    ['an export with its version', JSON.stringify({ version: 3, storageState: state }), { storageState: state }],
    ['a list of cookies', JSON.stringify(cookies), { cookies }],
    ['cookies under their name', JSON.stringify({ cookies }), { cookies }],
    ['cookies.txt with its head', `# Netscape HTTP Cookie File\r\n`, { netscape: '# Netscape HTTP Cookie File\r\n' }],
    ['cookies.txt without', `${line}\n`, { netscape: `${line}\n` }],
    ['cookies.txt of nothing but httpOnly ones', `#HttpOnly_${line}`, { netscape: `#HttpOnly_${line}` }],
    ['an exported cookies.txt', JSON.stringify({ version: 1, netscape: line }), { netscape: line }],
  ])('should know %s by its content', (_name, text, request) => {
    expect(toImport(text, undefined)).toEqual(request);
  });

  it('should take what is said before what it looks like', () => {
    expect(toImport(JSON.stringify(state), 'cookies')).toEqual({ cookies });
    expect(toImport('[1]', 'netscape')).toEqual({ netscape: '[1]' });
  });

  it.each([
    ['nothing', '', undefined],
    ['prose', 'user: ann\npassword: x\n', undefined],
    ['JSON of something else', '{"a": 1}', undefined],
    ['broken JSON', '{"cookies": [', undefined],
    ['a list said to be a storageState', '[]', 'storageState' as const],
    ['a cookies.txt said to be cookies', line, 'cookies' as const],
  ])('should refuse %s', (_name, text, format) => {
    expect(() => toImport(text, format)).toThrow(UsageError);
  });
});
