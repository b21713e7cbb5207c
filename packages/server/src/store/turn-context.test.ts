import { describe, expect, it } from 'vitest';
import { cutToBytes, newestWithin } from './turn-context.js';

describe('What a turn knows of those before', () => {
  it('should be the whole text while it fits', () => {
    expect(cutToBytes('ä'.repeat(4096), 8192)).toBe('ä'.repeat(4096));
  });

  it.each([
    ['two bytes', 'ä'],
    ['three bytes', '€'],
    ['four bytes', '😀'],
    ['one byte', 'x'],
  ])('should be cut between characters of %s, with the marker within the limit', (_, character) => {
    for (const shift of ['', 'x', 'xx', 'xxx']) {
      const cut = cutToBytes(shift + character.repeat(9000), 8192);
      expect(cut).toMatch(/…\[cut\]$/);
      expect(cut).not.toContain('\ufffd');
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(8192);
      expect(Buffer.byteLength(cut)).toBeGreaterThan(8192 - 4);
    }
  });

  it('should keep the newest errors, oldest first, in whole messages', () => {
    expect(newestWithin(['a'.repeat(50), 'b'.repeat(50), 'c'.repeat(50)], 110)).toEqual(['b'.repeat(50), 'c'.repeat(50)]);
    expect(newestWithin([], 110)).toEqual([]);
  });

  it('should keep as much as fits of a newest error that is too long alone', () => {
    const [only, ...others] = newestWithin(['a', 'b'.repeat(200)], 110);
    expect(others).toEqual([]);
    expect(only).toMatch(/^b+…\[cut\]$/);
    expect(Buffer.byteLength(only ?? '')).toBe(110);
  });
});
