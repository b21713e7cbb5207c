import { describe, expect, it } from 'vitest';
import { Rules } from './rules.js';
import { parseAuthority, parseHttpUrl } from './target.js';

/** Every way that somebody has got past a filter with to 127.0.0.1. */
const SPELLINGS = [
  '127.0.0.1',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.0.0.1',
  '0x7f.1',
  '017700000001',
  '0177.0.0.1',
  '0177.0.0.01',
  '127.0.0.1.',
  '%31%32%37.0.0.1',
  '127。0。0。1',
  '①②⑦.0.0.1',
];

describe('parseAuthority', () => {
  it.each(SPELLINGS)('should read %s as the address that it is', (spelling) => {
    expect(parseAuthority(`${spelling}:443`)).toEqual({ host: '127.0.0.1', port: 443 });
  });

  it('should read names and IPv6', () => {
    expect(parseAuthority('EXAMPLE.com:443')).toEqual({ host: 'example.com', port: 443 });
    expect(parseAuthority('[0:0:0:0:0:FFFF:127.0.0.1]:80')).toEqual({ host: '::ffff:7f00:1', port: 80 });
  });

  it.each([
    '',
    'example.com',
    'example.com:',
    'example.com:0',
    'example.com:65536',
    'example.com:443/',
    'user@example.com:443',
    'http://example.com:443',
    'a b:80',
    ':80',
    '::1:80',
    '[fe80::1%25lo]:80',
    '1.2.3.256:80',
    '1.2.3.4.5:80',
    'a\u0000b:80',
    'exa%2fmple.com:80',
  ])('should refuse %j', (text) => {
    expect(parseAuthority(text)).toBeUndefined();
  });
});

describe('parseHttpUrl', () => {
  it.each(SPELLINGS)('should read http://%s/ as the address that it is', (spelling) => {
    expect(parseHttpUrl(`http://${spelling}/a`)?.target).toEqual({ host: '127.0.0.1', port: 80 });
  });

  it.each([
    '/',
    '*',
    'https://example.com/',
    'ftp://example.com/',
    'http:///x',
    'http://user:pw@example.com/',
    'http://a b/',
    'example.com:80',
  ])('should refuse %j', (text) => {
    expect(parseHttpUrl(text)).toBeUndefined();
  });
});

describe('Rules', () => {
  const verdict = (rules: Rules, host: string, port = 443) => {
    try {
      rules.check({ host, port });
      return 'passes';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('should let everything through when nothing is said, and nothing when the list is empty', () => {
    expect(verdict(new Rules(), 'example.com')).toBe('passes');
    expect(verdict(new Rules({ allow: [] }), 'example.com')).toBe('host_not_allowed');
  });

  it.each([
    ['example.com', 'example.com', 443, 'passes'],
    ['example.com', 'example.com.', 443, 'passes'],
    ['EXAMPLE.com', 'example.com', 443, 'passes'],
    ['example.com', 'www.example.com', 443, 'host_not_allowed'],
    ['example.com', 'badexample.com', 443, 'host_not_allowed'],
    ['*.example.com', 'www.example.com', 443, 'passes'],
    ['*.example.com', 'example.com', 443, 'host_not_allowed'],
    ['*.example.com', 'badexample.com', 443, 'host_not_allowed'],
    ['example.com:8443', 'example.com', 8443, 'passes'],
    ['example.com:8443', 'example.com', 443, 'host_not_allowed'],
    ['*:443', 'anything.test', 443, 'passes'],
    ['*:443', 'anything.test', 80, 'host_not_allowed'],
    ['0x7f.1', '127.0.0.1', 80, 'passes'],
    ['[::1]:80', '::1', 80, 'passes'],
    ['[0:0::1]', '::1', 80, 'passes'],
  ])('should match %s with %s port %i: %s', (pattern, host, port, expected) => {
    expect(verdict(new Rules({ allow: [pattern] }), host, port)).toBe(expected);
  });

  it('should let deny win over allow', () => {
    const rules = new Rules({ allow: ['*.example.com'], deny: ['private.example.com'] });
    expect(verdict(rules, 'www.example.com')).toBe('passes');
    expect(verdict(rules, 'private.example.com')).toBe('host_denied');
  });
});
