import { describe, expect, it } from 'vitest';
import { cookieItem, type Item, loginItem, originItem, type StoredLogin } from './items.js';
import { belongsTo, Scope } from './scope.js';

const login = (about: Partial<StoredLogin>): StoredLogin => ({ alias: 'bank', domain: 'bank.example', password: 'x', ...about });
const cookie = (domain: string, isGiven = true) =>
  cookieItem({ name: 'n', value: 'v', domain, path: '/', expires: -1, httpOnly: false, secure: false }, isGiven);
const origin = (text: string, isGiven = true) => originItem({ origin: text, localStorage: [] }, isGiven);

describe('A login', () => {
  it.each([
    ['https://bank.example', {}],
    ['https://bank.example:8443', { domain: 'bank.example:8443' }],
    ['https://login.partner.example', { origins: ['https://login.partner.example'] }],
    ['http://127.0.0.1:7071', { origins: ['http://127.0.0.1:7071'] }],
    ['https://a.b.bank.example', { includeSubdomains: true }],
    ['https://a.bank.example:8443', { domain: 'bank.example:8443', includeSubdomains: true }],
    ['https://xn--bcher-kva.example', { domain: 'bücher.example' }],
  ])('should belong to %s with %j', (where, about) => {
    expect(belongsTo(login(about), where)).toBe(true);
  });

  it.each([
    ['http://bank.example', {}],
    ['http://bank.example', { includeSubdomains: true }],
    ['https://bank.example:8443', { includeSubdomains: true }],
    ['https://www.bank.example', {}],
    ['https://www.bank.example:8443', { includeSubdomains: true }],
    ['http://www.bank.example', { includeSubdomains: true }],
    ['https://bank.example.evil.example', { includeSubdomains: true }],
    ['https://notbank.example', { includeSubdomains: true }],
    ['https://bank.example.', { includeSubdomains: true }],
    ['https://bаnk.example', {}] /* a Cyrillic letter */,
    ['https://a.login.partner.example', { origins: ['https://login.partner.example'], includeSubdomains: true }],
    ['http://127.0.0.1', { origins: ['http://127.0.0.1:7071'] }],
    ['http://127.0.0.1:7071', {}],
    ['http://localhost:7071', { origins: ['http://127.0.0.1:7071'] }],
    ['https://1.127.0.0.1', { domain: '127.0.0.1', includeSubdomains: true }],
    ['null', { includeSubdomains: true }],
    ['', { includeSubdomains: true }],
    ['file://', { includeSubdomains: true }],
  ])('should not belong to %s with %j', (where, about) => {
    expect(belongsTo(login(about), where)).toBe(false);
  });
});

describe('What is kept', () => {
  const cookies = ['bank.example', '.bank.example', 'www.bank.example', '.www.bank.example', '.example', 'notbank.example', 'evil.example'];
  const origins = [
    'https://bank.example',
    'https://www.bank.example',
    'https://bank.example:8443',
    'http://bank.example',
    'http://localhost:1',
  ];

  it.each<[string, Item, string[], string[]]>([
    ['a login', loginItem(login({})), ['bank.example', '.bank.example', '.example'], ['https://bank.example']],
    [
      'a login with subdomains',
      loginItem(login({ includeSubdomains: true })),
      ['bank.example', '.bank.example', 'www.bank.example', '.www.bank.example', '.example'],
      ['https://bank.example', 'https://www.bank.example', 'https://bank.example:8443'],
    ],
    [
      'a cookie of a host',
      cookie('bank.example'),
      ['bank.example', '.bank.example', '.example'],
      ['https://bank.example', 'https://bank.example:8443'],
    ],
    [
      'a cookie of a domain',
      cookie('.bank.example'),
      ['bank.example', '.bank.example', 'www.bank.example', '.www.bank.example', '.example'],
      ['https://bank.example', 'https://www.bank.example', 'https://bank.example:8443'],
    ],
    ['storage', origin('http://localhost:1'), [], ['http://localhost:1']],
    ['a cookie that a turn has come by', cookie('.bank.example', false), [], []],
    ['storage that a turn has come by', origin('https://bank.example', false), [], []],
  ])('should be, for %s, of its sites alone', (_, item, ofCookies, ofOrigins) => {
    const scope = new Scope([item]);
    expect(cookies.filter((domain) => scope.hasCookie({ domain }))).toEqual(ofCookies);
    expect(origins.filter((one) => scope.hasOrigin(one))).toEqual(ofOrigins);
  });
});
