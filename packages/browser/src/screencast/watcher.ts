import type { Frame, PictureWants } from './frame.js';

const SECOND_MS = 1000;
/** Timers and frames come a little early or late: a frame that is this close to its time is not made to wait for the next one. */
const TOLERANCE_MS = 4;

export interface WatcherOptions {
  /** Takes a frame; called at most as often as `wants` says, and only while `isReady`. */
  onFrame: (frame: Frame) => void;
  /** Whether it can take another frame now. What comes while it cannot is replaced by what comes later: it gets the newest. */
  isReady: () => boolean;
  wants: PictureWants;
}

/** One of those who watch: gets the newest frame whenever it can take one. */
export class Watcher implements Disposable {
  readonly #options: WatcherOptions;
  readonly #onAppetite: () => void;
  #waiting: Frame | undefined;
  /** When it may have the next one, of `performance.now()`. */
  #dueAt = 0;
  #timer: NodeJS.Timeout | undefined;
  wants: PictureWants;

  /** @param onAppetite it was given a frame, or can be given one and there is none */
  constructor(options: WatcherOptions, onAppetite: () => void) {
    this.#options = options;
    this.#onAppetite = onAppetite;
    this.wants = options.wants;
  }

  get isReady(): boolean {
    return this.#options.isReady();
  }

  /** Gives it a frame, now or when it can take one, unless a newer one comes before. */
  offer(frame: Frame): void {
    this.#waiting = frame;
    this.look();
  }

  /** To be called when it may be able to take another. */
  look(): void {
    const waitMs = this.#dueAt - performance.now();
    if (waitMs > TOLERANCE_MS) {
      this.#timer ??= setTimeout(() => this.#due(), waitMs);
      return;
    }
    if (!this.isReady) return;
    const frame = this.#waiting;
    this.#waiting = undefined;
    if (frame !== undefined) {
      const everyMs = SECOND_MS / this.wants.maxFramesPerSecond;
      // One that came late does not put off those after it.
      this.#dueAt = Math.max(this.#dueAt, performance.now() - everyMs) + everyMs;
      this.#options.onFrame(frame);
    }
    this.#onAppetite();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #due(): void {
    this.#timer = undefined;
    this.look();
  }
}
