import { describe, expect, it } from 'vitest';
import type { PictureWants } from './frame.js';
import { PictureSize } from './picture-size.js';

const want = (maxWidth: number, quality: number): PictureWants => ({ maxWidth, maxHeight: maxWidth / 2, maxFramesPerSecond: 30, quality });
const slow = (size: PictureSize) => Array.from({ length: 10 }).some(() => size.waited(500));
const fast = (size: PictureSize, frames: number) => Array.from({ length: frames }, () => size.waited(0)).includes(true);

describe('The size of pictures', () => {
  it('should be what the most demanding wants', () => {
    const size = new PictureSize();
    expect(size.of([want(640, 80), want(1280, 50)])).toEqual({ maxWidth: 1280, maxHeight: 640, quality: 80 });
  });

  it('should shrink while nobody keeps up, and no further than can be read', () => {
    const size = new PictureSize();
    const widths = [];
    while (slow(size)) widths.push(size.of([want(1000, 70)]).maxWidth);
    expect(widths).toEqual([750, 500, 350]);
    expect(size.of([want(1000, 25)])).toMatchObject({ quality: 20 });
    expect(size.of([want(1000, 10)])).toMatchObject({ quality: 10 });
  });

  it('should shrink when frames come late from the machine, but stay large enough to be read', () => {
    const size = new PictureSize();
    const late = () => Array.from({ length: 20 }).some(() => size.aged(90));
    const widths = [];
    while (late()) widths.push(size.of([want(1000, 70)]).maxWidth);
    expect(widths).toEqual([750, 500]);
    size.restore();
    expect([size.isReduced, size.of([want(1000, 70)]).maxWidth]).toEqual([false, 1000]);
    // Neither a clock that was set nor frames as they come from a machine that keeps up.
    expect(size.aged(60_000)).toBe(false);
    expect(Array.from({ length: 100 }).some(() => size.aged(-60_000) || size.aged(50))).toBe(false);
  });

  it('should stay as it is after one long wait', () => {
    expect(new PictureSize().waited(60_000)).toBe(false);
  });

  it('should grow again when somebody keeps up, and try that the more rarely the more often it was too much', () => {
    const size = new PictureSize();
    slow(size);
    expect(fast(size, 199)).toBe(false);
    expect(fast(size, 1)).toBe(true);
    expect(size.of([want(1000, 70)]).maxWidth).toBe(1000);
    slow(size);
    expect(fast(size, 399)).toBe(false);
    expect(fast(size, 1)).toBe(true);
  });
});
