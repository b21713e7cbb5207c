import type { PictureWants } from './frame.js';

/** From the best picture to the one that costs least: what the sides are multiplied with, and what is taken off the quality. */
const LEVELS = [
  { scale: 1, lessQuality: 0 },
  { scale: 0.75, lessQuality: 10 },
  { scale: 0.5, lessQuality: 20 },
  { scale: 0.35, lessQuality: 30 },
] as const;
const MIN_QUALITY = 20;
/** Waiting this long for anybody to take a frame, on average, is slow; … */
const SLOW_MS = 120;
/** … and this is fast. */
const FAST_MS = 30;
const WEIGHT = 0.2;
/** A frame that comes this long after it was drawn, on average, is of a machine that has no time for such large ones: of the two that may be on
 * their way at once fewer than 25 a second come then, with what the pages themselves take. */
const STALE_MS = 60;
const FRESH_MS = 40;
/** No further than this for the machine's sake: it may have to do with much else, and no picture would be small enough. */
const MOST_LEVEL_FOR_AGE = 2;
/** One long wait alone, such as of a watcher that was hidden for a minute, says little, and neither does one late frame. */
const MOST_MS = 4 * SLOW_MS;
const MOST_AGE_MS = 4 * STALE_MS;
/** So many fast frames in a row, and the next better picture is tried; twice as many after each time that it was too much. */
const TRIAL_FRAMES = 100;
const MAX_TRIAL_FRAMES = 3_200;

/**
 * How large and how good pictures are: as the most demanding wants them, and less when even the fastest cannot keep up with that, or the machine
 * that makes them.
 */
export class PictureSize {
  #level = 0;
  #averageMs = 0;
  #averageAgeMs = 0;
  #fastFrames = 0;
  #trialFrames = TRIAL_FRAMES;

  /** The parameters of `Page.startScreencast`. */
  of(wants: readonly PictureWants[]): { maxWidth: number; maxHeight: number; quality: number } {
    const { scale, lessQuality } = LEVELS[this.#level] ?? LEVELS[0];
    const largest = (key: 'maxWidth' | 'maxHeight' | 'quality') => Math.max(1, ...wants.map((want) => want[key]));
    return {
      maxWidth: Math.max(1, Math.round(largest('maxWidth') * scale)),
      maxHeight: Math.max(1, Math.round(largest('maxHeight') * scale)),
      quality: Math.max(Math.min(MIN_QUALITY, largest('quality')), largest('quality') - lessQuality),
    };
  }

  /** Whether pictures are less than what is wanted. */
  get isReduced(): boolean {
    return this.#level > 0;
  }

  /** Nothing moves any more: whoever looks at it now is to see it well. */
  restore(): void {
    this.#to(0);
  }

  /** A frame came this long after it was drawn. @returns whether pictures are to be others from now on */
  aged(ms: number): boolean {
    this.#averageAgeMs += WEIGHT * (Math.min(Math.max(ms, 0), MOST_AGE_MS) - this.#averageAgeMs);
    if (ms > FRESH_MS) this.#fastFrames = 0;
    return this.#averageAgeMs > STALE_MS && this.#level < MOST_LEVEL_FOR_AGE && this.#lessen();
  }

  /** A frame waited this long until the first of those who watch could take it. @returns whether pictures are to be others from now on */
  waited(ms: number): boolean {
    this.#averageMs += WEIGHT * (Math.min(ms, MOST_MS) - this.#averageMs);
    this.#fastFrames = ms <= FAST_MS ? this.#fastFrames + 1 : 0;
    if (this.#averageMs > SLOW_MS && this.#level < LEVELS.length - 1) return this.#lessen();
    return this.#fastFrames >= this.#trialFrames && this.#level > 0 && this.#to(this.#level - 1);
  }

  #lessen(): true {
    this.#trialFrames = Math.min(2 * this.#trialFrames, MAX_TRIAL_FRAMES);
    return this.#to(this.#level + 1);
  }

  #to(level: number): true {
    this.#level = level;
    this.#averageMs = 0;
    this.#averageAgeMs = 0;
    this.#fastFrames = 0;
    return true;
  }
}
