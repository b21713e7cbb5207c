import type { Browser } from '../../browser.js';
import type { Frame, PictureWants, Watching } from '../index.js';

const DEADLINE_MS = 20_000;
const WANTS: PictureWants = { maxWidth: 1280, maxHeight: 720, maxFramesPerSecond: 60, quality: 70 };

/** Somebody who watches, and keeps what it saw. */
export interface Seat extends AsyncDisposable {
  frames: Frame[];
  /** Whether it takes frames. */
  isReady: boolean;
  watching: Watching;
  /** The first frame that fits, of those seen and those to come. */
  until(fits: (frame: Frame, index: number) => boolean): Promise<Frame>;
}

export async function sitDown(browser: Pick<Browser, 'screencast'>, wants: Partial<PictureWants> = {}, isReady = true): Promise<Seat> {
  let wake = () => {};
  const frames: Frame[] = [];
  const known = { isReady };
  const watching = await browser.screencast.watch({
    onFrame: (frame) => {
      frames.push(frame);
      wake();
    },
    isReady: () => known.isReady,
    wants: { ...WANTS, ...wants },
  });
  return {
    frames,
    watching,
    get isReady() {
      return known.isReady;
    },
    set isReady(value) {
      known.isReady = value;
      if (value) watching.ready();
    },
    until: async (fits) => {
      let isOver = false;
      const timer = setTimeout(() => {
        isOver = true;
        wake();
      }, DEADLINE_MS);
      try {
        for (;;) {
          const found = frames.find(fits);
          if (found !== undefined) return found;
          if (isOver) throw new Error(`no such frame came in time, of ${frames.length}`);
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        clearTimeout(timer);
      }
    },
    [Symbol.asyncDispose]: () => watching[Symbol.asyncDispose](),
  };
}

const START_OF_FRAME = new Set([0xc0, 0xc1, 0xc2]);

/** How large a JPEG is, in pixels (ITU-T T.81, B.2.2). */
export function sizeOf(jpeg: Buffer): { width: number; height: number } {
  for (let at = 2; at < jpeg.length; at += 2 + jpeg.readUInt16BE(at + 2)) {
    if (jpeg[at] !== 0xff) break;
    if (START_OF_FRAME.has(jpeg[at + 1] ?? 0)) return { width: jpeg.readUInt16BE(at + 7), height: jpeg.readUInt16BE(at + 5) };
  }
  throw new Error('this is no JPEG');
}
