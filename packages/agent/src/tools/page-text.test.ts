import { describe, expect, it } from 'vitest';
import { PageText, splitAtLineEnds } from './page-text.js';

describe('the text of a page', () => {
  it('should be split at line ends, and lose nothing', () => {
    const text = Array.from({ length: 100 }, (_, n) => `line ${n}`).join('\n');
    const parts = splitAtLineEnds(text, 100);
    expect(parts.every((part) => part.length <= 100)).toBe(true);
    expect(parts.join('\n')).toBe(text);
    expect(splitAtLineEnds('x'.repeat(250), 100).map((part) => part.length)).toEqual([100, 100, 50]);
    expect(splitAtLineEnds('')).toEqual(['']);
  });

  it('should stay at the part that was chosen until the page is another', () => {
    const text = new PageText();
    const long = 'a line of some length\n'.repeat(5_000);
    text.replace(long, 'page 1');
    expect([text.show(3), text.show(99)]).toEqual([true, false]);
    text.replace(long, 'page 1');
    expect(text.shown.part).toBe(3);
    text.replace('short now', 'page 1');
    expect(text.shown).toEqual({ text: 'short now', part: 1, parts: 1 });
    text.replace(long, 'page 2');
    expect(text.shown.part).toBe(1);
  });

  it('should be found by all words of a line, in any order and case, with what stands round it', () => {
    const text = new PageText();
    text.replace(['one', 'two', '- link "Blue Kettle"', 'four', 'five', 'six', 'kettle, BLUE'].join('\n'), '');
    expect(text.search('kettle blue')).toEqual({
      total: 2,
      matches: [
        { part: 1, text: 'one\ntwo\n- link "Blue Kettle"\nfour\nfive' },
        { part: 1, text: 'five\nsix\nkettle, BLUE' },
      ],
    });
    text.replace('x\n'.repeat(1_000), '');
    expect(text.search('x')).toMatchObject({ total: 1_000 });
    expect(text.search('x').matches).toHaveLength(20);
  });
});
