import { commandLine } from '../../chromium/index.js';
import type { IsolationIncident } from '../isolation.js';
import type { ResourceLimits } from '../options.js';
import { type Meter, residentBytes, type Usage } from './meter.js';

const MEBIBYTE = 1024 * 1024;
/** While a browser uses so much that it could reach a limit before the next look. */
const CLOSE_PERIOD_MS = 100;
const PERIOD_MS = 500;
/**
 * How far below the limit of memory it steps in. Near it, Chromium livelocks: the kernel takes away and reads back the program's own pages,
 * over and over, and ends nothing (measured with full Chromium at 700 MB: over 40 s).
 */
const HEADROOM = { share: 0.2, minBytes: 256 * MEBIBYTE };
/** At the limit of tasks, Chromium loses its zygotes, and with them all tabs to come, and lives on without a word. */
const TASKS_SHARE = 0.9;
/** So many looks without a renderer to end, and what is too large is the browser itself. */
const FRUITLESS_LOOKS = 10;

export interface Watched {
  meter: Meter;
  limits: Pick<ResourceLimits, 'memoryBytes' | 'tasks'>;
  /** Whether none of its processes runs: then it uses no more than before. */
  standsStill: () => boolean;
  onIncident: (incident: IsolationIncident) => void;
}

interface State {
  victim: number | undefined;
  fruitlessLooks: number;
  kernelKills: number;
}

/**
 * Steps in when a browser comes near a limit, where the kernel would leave it half dead. Near that of memory, the renderer that uses most is
 * ended: a tab crashes, which its clients hear of, and the browser lives. One timer looks after all browsers, rarely while none is near.
 */
export class Watchdog {
  readonly #watched = new Map<Watched, State>();
  #timer: NodeJS.Timeout | undefined;

  /** Watches a browser until what is returned is called. */
  watch(watched: Watched): () => void {
    this.#watched.set(watched, { victim: undefined, fruitlessLooks: 0, kernelKills: 0 });
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
  #look(watched: Watched, state: State): boolean {
    if (watched.standsStill()) return false;
    const { memoryBytes: limitBytes, tasks: limitTasks } = watched.limits;
    const threshold = limitBytes - Math.max(HEADROOM.minBytes, limitBytes * HEADROOM.share);
    let usage: Usage;
    try {
      usage = watched.meter.measure(threshold);
    } catch {
      return false; // its group was removed: it has ended
    }
    const { memoryBytes: usedBytes, tasks: usedTasks, kernelKills } = usage;
    if (kernelKills > state.kernelKills) {
      // A page that takes memory faster than we look.
      state.kernelKills = kernelKills;
      watched.onIncident({ type: 'memory_exceeded', limitBytes, usedBytes: limitBytes, endedBytes: null });
    }
    if (usedTasks >= limitTasks * TASKS_SHARE) return this.#giveUp(watched, { type: 'tasks_exceeded', limitTasks, usedTasks });
    if (usedBytes >= threshold) return this.#relieve(watched, state, usedBytes);
    state.fruitlessLooks = 0;
    return usedBytes > threshold / 2 || usedTasks > limitTasks / 2;
  }

  #relieve(watched: Watched, state: State, usedBytes: number): boolean {
    // What was killed needs a moment to give its memory back; to kill another one meanwhile would be one too many.
    if (state.victim !== undefined && residentBytes(state.victim) > 0) return true;
    const limitBytes = watched.limits.memoryBytes;
    const victim = greediest(watched.meter.members());
    if (victim === undefined) {
      state.fruitlessLooks++;
      if (state.fruitlessLooks < FRUITLESS_LOOKS) return true;
      return this.#giveUp(watched, { type: 'memory_exhausted', limitBytes, usedBytes });
    }
    state.victim = victim.pid;
    try {
      process.kill(victim.pid, 'SIGKILL');
    } catch {
      return true; // ESRCH: it ended by itself
    }
    watched.onIncident({ type: 'memory_exceeded', limitBytes, usedBytes, endedBytes: victim.bytes });
    return true;
  }

  /** There is nothing more to be done for a browser. */
  #giveUp(watched: Watched, incident: IsolationIncident): boolean {
    this.#watched.delete(watched);
    watched.onIncident(incident);
    return false;
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
