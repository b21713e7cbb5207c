import { describe, expect, it } from 'vitest';
import { Redactor } from './redact.js';

const VALUE = `hunter2 "<&'/ü`;
const redactor = new Redactor([{ value: VALUE, label: '[secret:shop.password]' }]);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('Redaction', () => {
  it.each([
    ['plain', VALUE],
    ['with capitals', VALUE.toUpperCase().replace('Ü', 'ü')],
    ['JSON', JSON.stringify(VALUE)],
    ['JSON in JSON', JSON.stringify(JSON.stringify(VALUE))],
    ['JSON of ASCII alone', JSON.stringify(VALUE).replace('ü', '\\u00fc')],
    ['a URL', `https://a.example/?q=${encodeURIComponent(VALUE)}`],
    ['a URL with small letters', `https://a.example/?q=${encodeURIComponent(VALUE).toLowerCase()}`],
    ['a form', `q=${new URLSearchParams({ q: VALUE })}`],
    ['a URL in a URL', `https://a.example/?next=${encodeURIComponent(`/?q=${encodeURIComponent(VALUE)}`)}`],
    ['HTML', 'hunter2 &quot;&lt;&amp;&#39;/ü'],
    ['HTML as scripts write it', 'hunter2 "&lt;&amp;\'/ü'],
    ['HTML in an attribute of HTML', 'hunter2 &amp;quot;&amp;lt;&amp;amp;&amp;#39;/ü'],
    ['the name of a file', "hunter2 __&'_ü.txt"],
    ['base64', base64(VALUE)],
    ['base64 after a user name', `Basic ${base64(`ada:${VALUE}`)}`],
    ['base64 after two characters', base64(`ad${VALUE} and more`)],
    ['base64url', Buffer.from(`{"p":"${VALUE}"}`).toString('base64url')],
    ['with a mark that would join its last character', `${VALUE}\u0301`],
  ])('should find a value in %s', (_, text) => {
    const redacted = redactor.redact(`before ${text} after`);
    expect(redacted).toContain('[secret:shop.password]');
    for (const form of ['hunter2', 'unter2', base64('hunter2').slice(0, 8)]) expect(redacted.toLowerCase()).not.toContain(form);
    expect(redacted).toMatch(/^before .* after$/s);
    expect(redactor.finds(text)).toBe(true);
  });

  it('should leave all as it is while it knows nothing, and find what it is told of later', () => {
    const learning = new Redactor([{ value: 'abc', label: '[secret:too-short]' }]);
    const value = { result: VALUE };
    expect([learning.isEmpty, learning.redact(value), learning.finds(VALUE)]).toEqual([true, value, false]);
    learning.add({ value: VALUE, label: '[secret:later]' });
    expect([learning.isEmpty, learning.redact(value), learning.finds(VALUE)]).toEqual([false, { result: '[secret:later]' }, true]);
  });

  it('should leave everything else as it is', () => {
    const text = 'hunter 2, "hunter" and [ref=e12] ünïcode \ud800 😀';
    expect(redactor.redact(text)).toBe(text);
    expect(redactor.finds(text)).toBe(false);
    const value = { a: [1, true, null, 'x'], b: { c: '' } };
    expect(redactor.redact(value)).toEqual(value);
  });

  it('should go through values and numbers, and keys that are not its own', () => {
    const codes = new Redactor([
      { value: '123456', label: '[secret:shop.totp]' },
      { value: 'success', label: '[secret:shop.username]' },
    ]);
    expect(codes.redact({ '123456': ['a 123456 b', 123456, 1234567, '1234567'] })).toEqual({
      '123456': ['a [secret:shop.totp] b', '[secret:shop.totp]', 1234567, '1234567'],
    });
    expect(codes.redact({ success: true, value: [{ success: { '123456': 1 } }] })).toEqual({
      success: true,
      value: [{ '[secret:shop.username]': { '[secret:shop.totp]': 1 } }],
    });
  });

  it('should keep apart keys that become the same', () => {
    const value = { data: { [VALUE]: 1, [VALUE.toUpperCase().replace('Ü', 'ü')]: 2, other: 3 } };
    expect(redactor.redact(value)).toEqual({ data: { '[secret:shop.password]': 1, '[secret:shop.password] (2)': 2, other: 3 } });
  });

  it('should find values with white space as browsers show it', () => {
    const spaced = new Redactor([{ value: ' two  spaces\u00a0and "a\u00ad tab\t', label: '[secret:a]' }]);
    expect(spaced.redact('x two spaces and "a tab y')).toBe('x [secret:a] y');
    expect(spaced.redact(JSON.stringify('two spaces and "a tab'))).toBe('"[secret:a]"');
  });

  it('should take out the beginning of a value where a text was cut', () => {
    expect(redactor.redact('Filled textbox "It is hunter2 "<&…" (e12)')).toBe('Filled textbox "It is [secret:shop.password]…" (e12)');
    expect(redactor.redact(`a dialog: ${VALUE.slice(0, 9)}`)).toBe('a dialog: [secret:shop.password]');
    expect(redactor.finds(VALUE.slice(0, 8))).toBe(true);
    for (const text of ['hunter2…', 'hunter2 "< and more', 'unter2 "<&…']) expect(redactor.redact(text)).toBe(text);
  });

  it('should leave short values in words, and the shortest everywhere', () => {
    const short = new Redactor([
      { value: 'ada', label: '[secret:a]' },
      { value: 'adam', label: '[secret:b]' },
    ]);
    expect(short.redact('ada adam Adam-9 madam adamant /adam/')).toBe('ada [secret:b] [secret:b]-9 madam adamant /[secret:b]/');
  });

  it('should take out longer ones whatever they are glued to', () => {
    const user = new Redactor([{ value: 'ada@mail.example', label: '[secret:user]' }]);
    expect(user.redact('Welcome,ada@mail.exampleSign out')).toBe('Welcome,[secret:user]Sign out');
  });

  it('should take out values that lie over each other whole, under the name of the longest', () => {
    const both = new Redactor([
      { value: 'password', label: '[secret:a]' },
      { value: 'wordpress-key', label: '[secret:b]' },
      { value: 'password1', label: '[secret:c]' },
    ]);
    expect(both.redact('x passwordpress-key y password1 z password-2')).toBe('x [secret:b] y [secret:c] z [secret:a]-2');
  });

  it('should find one of very many', () => {
    const many = new Redactor(Array.from({ length: 5_000 }, (_, n) => ({ value: `token-${n}-abcdef`, label: `[secret:${n}]` })));
    expect(many.redact(`${'lorem token- ipsum '.repeat(5_000)}token-777-abcdef`).endsWith('ipsum [secret:777]')).toBe(true);
  });

  it('should take out all that stands among many with the same beginning, and nothing else', () => {
    const beginning = 'header-'.repeat(20);
    const many = new Redactor(Array.from({ length: 2_000 }, (_, n) => ({ value: `${beginning}${n}-abcdef`, label: `[secret:${n}]` })));
    expect(many.redact(`${beginning}1-abcdef ${beginning}1999-abcdef ${beginning}1-abcde, ${beginning}.`)).toBe(
      `[secret:1] [secret:1999] ${beginning}1-abcde, ${beginning}.`,
    );
  });

  it('should compare no more of a text than in proportion to it, and then take out too much rather than too little', () => {
    const endless = new Redactor(Array.from({ length: 20 }, (_, n) => ({ value: `${'a'.repeat(4_000)}${n}x`, label: `[secret:${n}]` })));
    const text = 'a'.repeat(100_000);
    const startedAt = process.cpuUsage();
    expect(endless.redact(`${text}7x!`)).toMatch(/^a+\[secret:\d+\]!?$/);
    endless.finds(text);
    // It was more than a minute.
    expect(process.cpuUsage(startedAt).user / 1000).toBeLessThan(5_000);
  });
});
