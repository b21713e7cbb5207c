import { expect, it } from 'vitest';
import { countText, sizeText } from './size-text.js';

it('should say sizes and counts as people do', () => {
  const sizes = [0, 1, 999, 1000, 9949, 12_345, 999_499, 1_500_000, 512 * 1024 * 1024, 7.2e12, 5e16];
  expect(sizes.map(sizeText)).toEqual([
    ...['0 bytes', '1 bytes', '999 bytes', '1.0 kB', '9.9 kB', '12 kB', '999 kB', '1.5 MB', '537 MB', '7.2 TB', '50000 TB'],
  ]);
  expect([0, 1, 2].map((count) => countText(count, 'cookie'))).toEqual(['0 cookies', '1 cookie', '2 cookies']);
});
