import { commandLine } from '../../chromium/index.js';
import { type MemoryMeter, residentBytes } from './meter.js';

const MEBIBYTE = 1024 * 1024;
/** While a browser uses so much that it could reach its limit before the next look. */
const CLOSE_PERIOD_MS = 100;
const PERIOD_MS = 500;
/**
 * How far below the limit it steps in. Near it, Chromium livelocks: the kernel takes away and reads back the program's own pages, over and
 * over, and ends nothing (measured with full Chromium at 700 MB: over 40 s).
 */
const HEADROOM = { share: 0.2, minBytes: 256 * MEBIBYTE };

export interface Watched {
  meter: MemoryMeter;
  limitBytes: number;
  /** Told of each process that was ended. */
  onEnded: (ended: { usedBytes: number; endedBytes: number }) => void;
}

/**
 * Ends the renderer that uses most when a browser comes near its limit of memory: a tab crashes, which its clients hear of, and the browser
 * lives. One timer looks after all browsers, rarely while none is near.
 */
export class MemoryWatchdog {
  readonly #watched = new Map<Watched, { victim: number | undefined }>();
  #timer: NodeJS.Timeout | undefined;

  /** Watches a browser until what is returned is called. */
  watch(watched: Watched): () => void {
    this.#watched.set(watched, { victim: undefined });
    this.#timer ??= this.#next(PERIOD_MS);
    return () => {
      this.#watched.delete(watched);
      if (this.#watched.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #next(periodMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const isClose = [...this.#watched].map(([watched, state]) => this.#look(watched, state)).includes(true);
      this.#timer = this.#watched.size > 0 ? this.#next(isClose ? CLOSE_PERIOD_MS : PERIOD_MS) : undefined;
    }, periodMs).unref();
  }

  /** Looks at one browser; says whether to look again soon. */
  #look({ meter, limitBytes, onEnded }: Watched, state: { victim: number | undefined }): boolean {
    const threshold = limitBytes - Math.max(HEADROOM.minBytes, limitBytes * HEADROOM.share);
    let usedBytes: number;
    try {
      usedBytes = meter.memoryBytes(threshold);
    } catch {
      return false; // its group was removed: it has ended
    }
    if (usedBytes < threshold) return usedBytes > threshold / 2;
    // What was killed needs a moment to give its memory back; to kill another one meanwhile would be one too many.
    if (state.victim !== undefined && residentBytes(state.victim) > 0) return true;
    const victim = greediest(meter.members());
    if (victim === undefined) return true;
    state.victim = victim.pid;
    try {
      process.kill(victim.pid, 'SIGKILL');
    } catch {
      return true; // ESRCH: it ended by itself
    }
    onEnded({ usedBytes, endedBytes: victim.bytes });
    return true;
  }
}

/** The renderer that uses most; what a page made grow is a renderer. */
function greediest(pids: readonly number[]): { pid: number; bytes: number } | undefined {
  return pids
    .filter((pid) => commandLine(pid).includes('--type=renderer'))
    .map((pid) => ({ pid, bytes: residentBytes(pid) }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)[0];
}
