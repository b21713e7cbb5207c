import { describe, expect, it } from 'vitest';
import { ExitPool } from './exit-pool.js';
import { LocalAddresses } from './local-addresses.js';

const keys = Array.from({ length: 2000 }, (_, n) => `br_${n}`);
const cityOf = (pool: ExitPool, key: string, country?: string) => pool.choose({ key, ...(country && { country }) })[0]?.info.city;

describe('ExitPool', () => {
  const entries = [
    { url: 'http://a.test:1', country: 'DE', city: 'A', weight: 3 },
    { url: 'http://b.test:1', country: 'de', city: 'B' },
    { url: 'socks5://c.test:1', country: 'FR', city: 'C', tags: ['residential'] },
  ];

  it('should give a key the same exits always, and each exit its share of keys', () => {
    const pool = new ExitPool(entries);
    const chosen = keys.map((key) => cityOf(pool, key));
    expect(keys.map((key) => cityOf(new ExitPool([...entries].reverse()), key))).toEqual(chosen);
    const share = (city: string) => chosen.filter((one) => one === city).length / keys.length;
    // Five standard deviations of a share of 3 in 5 among 2,000.
    expect(Math.abs(share('A') - 0.6)).toBeLessThan(0.055);
    expect(Math.abs(share('B') - 0.2)).toBeLessThan(0.055);
  });

  it('should change nobody but those whose exit went', () => {
    const before = keys.map((key) => cityOf(new ExitPool(entries), key));
    const after = keys.map((key) => cityOf(new ExitPool(entries.slice(0, 2)), key));
    expect(keys.filter((_, n) => before[n] !== 'C' && before[n] !== after[n])).toEqual([]);
  });

  it('should choose in a country, however that is written, and say when there is none', () => {
    const pool = new ExitPool(entries);
    expect(new Set(keys.map((key) => cityOf(pool, key, 'De')))).toEqual(new Set(['A', 'B']));
    expect(pool.choose({ key: 'br_1', country: 'FR' })[0]?.info).toMatchObject({ country: 'FR', tags: ['residential'], server: null });
    expect(pool.choose({ key: 'br_1', country: 'JP' })).toEqual([]);
  });
});

describe('LocalAddresses', () => {
  it('should give each browser an address that no other has, as long as there are some', () => {
    const local = new LocalAddresses(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
    const leases = [local.take(), local.take(), local.take()];
    expect(leases.flatMap(({ addresses }) => addresses).sort()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
    leases[1]?.[Symbol.dispose]();
    leases[1]?.[Symbol.dispose]();
    expect(local.take().addresses).toEqual(leases[1]?.addresses);
  });

  it('should give addresses of a prefix out at random, with one of IPv4 where there is one', () => {
    const local = new LocalAddresses(['2001:db8:1:2::/64', '192.0.2.1']);
    const taken = Array.from({ length: 500 }, () => local.take().addresses);
    expect(new Set(taken.map(([, v6]) => v6)).size).toBe(500);
    expect(taken.every(([v4, v6]) => v4 === '192.0.2.1' && v6?.startsWith('2001:db8:1:2:'))).toBe(true);
  });

  it('should share the addresses of a prefix that has too few', () => {
    const local = new LocalAddresses(['2001:db8::4/126']);
    const taken = new Set(Array.from({ length: 50 }, () => local.take().addresses.join()));
    expect([...taken].sort()).toEqual(['2001:db8::5', '2001:db8::6', '2001:db8::7']);
  });

  it('should say nothing when nothing was said', () => {
    expect(new LocalAddresses([]).take().addresses).toEqual([]);
  });
});
