import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf, parseAddress } from './addresses.js';
import { parseAllowance, permits } from './allowances.js';

const kind = (text: string) => {
  const address = parseAddress(text);
  return address === undefined ? undefined : kindOf(address);
};
const permitted = (allowance: string, address: string, port: number) => {
  const [parsed, at] = [parseAllowance(allowance), parseAddress(address)];
  if (parsed === undefined || at === undefined) throw new Error('not parsed');
  return permits(parsed, at, port);
};

describe('kindOf', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['::ffff:192.168.1.1', 'private'],
    ['fc00::1', 'private'],
    ['fd00:ec2::254', 'private'],
    ['fec0::1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['fe80::1', 'link-local'],
    ['fe80::1%lo', 'link-local'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['100.100.100.200', 'carrier-grade NAT'],
    ['224.0.0.1', 'multicast'],
    ['255.255.255.255', 'multicast'],
    ['ff02::1', 'multicast'],
    ['168.63.129.16', 'metadata'],
    ['64:ff9b::127.0.0.1', 'translated'],
    ['64:ff9b::a9fe:a9fe', 'translated'],
    ['64:ff9b:1::8.8.8.8', 'translated'],
    ['2002:7f00:1::', 'translated'],
    ['2002:808:808::', 'translated'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'translated'],
    ['::ffff:0:127.0.0.1', 'translated'],
    ['::127.0.0.1', 'reserved'],
    ['::8.8.8.8', 'reserved'],
    ['192.0.0.192', 'reserved'],
    ['192.0.2.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['100::1', 'reserved'],
    ['4000::1', 'reserved'],
  ])('should say what %s is', (text, expected) => {
    expect(kind(text)).toBe(expected);
  });

  it('should take nothing but addresses as they are written by programs', () => {
    for (const text of ['0x7f.1', '017700000001', '127.1', '2130706433', 'localhost', '127.0.0.1.', '[::1]', ' 127.0.0.1', '']) {
      expect(kind(text)).toBeUndefined();
    }
  });

  it('should call no IPv6 address public outside of what is handed out, whatever it embeds', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, ([first = 0, ...rest]) => {
        const text = [first, ...rest].map((group) => group.toString(16)).join(':');
        return kind(text) !== 'public' || (first & 0xe000) === 0x2000;
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseAllowance', () => {
  it.each([
    ['10.0.0.0/8', '10.1.2.3', 80, true],
    ['10.0.0.0/8', '11.1.2.3', 80, false],
    ['10.0.0.0/8:8080', '10.1.2.3', 8080, true],
    ['10.0.0.0/8:8080', '10.1.2.3', 80, false],
    ['127.0.0.1', '127.0.0.1', 1, true],
    ['127.0.0.1', '127.0.0.2', 1, false],
    ['127.0.0.1:7071', '127.0.0.1', 7071, true],
    ['127.0.0.0/8', '::ffff:127.0.0.1', 1, true],
    ['127.0.0.0/8', '::1', 1, false],
    ['::1', '::1', 80, true],
    ['::1/128', '::1', 80, true],
    ['[::1]/128:8080', '::1', 8080, true],
    ['[::1]:8080', '::1', 80, false],
    ['fd00::/8', 'fd12::1', 80, true],
    ['0.0.0.0/0', '::1', 80, false],
    ['::ffff:10.0.0.0/104', '10.1.2.3', 80, true],
    ['::ffff:10.0.0.0/104', '11.1.2.3', 80, false],
  ])('should let %s through to %s port %i: %s', (allowance, address, port, expected) => {
    expect(permitted(allowance, address, port)).toBe(expected);
  });

  it('should refuse what is none', () => {
    const wrong = [
      '',
      'localhost',
      '10.0.0.0/33',
      '::1/129',
      '10.0.0.1:0',
      '10.0.0.1:65536',
      '127.1',
      '0x7f.1',
      '[10.0.0.1]',
      '::ffff:10.0.0.0/95',
    ];
    expect(wrong.filter((text) => parseAllowance(text) !== undefined)).toEqual([]);
  });
});
