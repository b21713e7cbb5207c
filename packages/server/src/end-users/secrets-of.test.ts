import { describe, expect, it } from 'vitest';
import { storedSecrets } from './secrets-of.js';

const secretsIn = (...values: string[]) =>
  Array.from(storedSecrets({ localStorage: values.map((value, n) => ({ name: `key ${n}`, value })) }), ({ value }) => value);

describe('The secrets among what a site stores', () => {
  it.each([
    '4f2c9b1e8d7a',
    'eyJhbGciOiJIUzI1NiJ9.e30.4XvDk',
    'aVerySecretThing',
    'SESSIONTOKEN',
    'bearer-token-1',
    'https://shop.example/cb?code=1234567',
    'correct-horse-battery-staple-and-then-some',
  ])('should include %s', (text) => {
    expect(secretsIn(text)).toEqual([text]);
    expect(secretsIn(JSON.stringify({ auth: [{ text }] }))).toEqual([text]);
  });

  it.each(['accessToken', 'auth', 'X-CSRF', 'apiKey', 'sid'])('should include even words under the name %s', (name) => {
    const localStorage = [
      { name, value: 'correct-horse' },
      { name: 'user', value: JSON.stringify({ name: 'Penelope', [name]: { value: ['battery-staple'] } }) },
    ];
    const found = Array.from(storedSecrets({ localStorage }), ({ value }) => value);
    expect(found.sort()).toEqual(['battery-staple', 'correct-horse']);
  });

  it.each(['Headphones', 'add-to-basket', 'Müller', 'short', 'of many words', '2026-11-22T10:00:00.000Z', 'https://shop.example/a/b'])(
    'should not include %s, which pages are about',
    (text) => {
      expect(secretsIn(text)).toEqual([]);
    },
  );
});
