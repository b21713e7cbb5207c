/** Whoever is first in line looks again this often, as what other servers do is not heard. */
const LOOK_AGAIN_MS = 500;

interface Place {
  /** Ends its wait, or makes the next one end at once. */
  wake: () => void;
  isWoken: boolean;
}

/** Lines of those that want something that only one can have at a time: first come, first served. */
export class WaitingLines {
  readonly #lines = new Map<string, Place[]>();

  /**
   * Tries to get it, again and again, for up to `waitMs`, once those are served that came before. Who does not wait stands in no line,
   * and gets nothing while others do.
   * @param attempt undefined: not to be had at the moment
   * @returns undefined when the time was over
   */
  async take<T>(
    name: string,
    attempt: () => Promise<T | undefined>,
    wait: { waitMs: number; signal: AbortSignal },
  ): Promise<T | undefined> {
    if (wait.waitMs === 0) return this.#lines.has(name) ? undefined : await attempt();
    const deadline = performance.now() + wait.waitMs;
    const place = newPlace();
    const line = this.#lines.get(name) ?? [];
    this.#lines.set(name, line);
    line.push(place);
    try {
      for (;;) {
        wait.signal.throwIfAborted();
        const got = line[0] === place ? await attempt() : undefined;
        const leftMs = deadline - performance.now();
        if (got !== undefined || leftMs <= 0) return got;
        await pause(place, line[0] === place ? Math.min(leftMs, LOOK_AGAIN_MS) : leftMs, wait.signal);
      }
    } finally {
      line.splice(line.indexOf(place), 1);
      if (line.length === 0) this.#lines.delete(name);
      else line[0]?.wake();
    }
  }

  /** It may be had again. */
  notify(name: string): void {
    this.#lines.get(name)?.[0]?.wake();
  }
}

function newPlace(): Place {
  const place: Place = {
    isWoken: false,
    wake: () => {
      place.isWoken = true;
    },
  };
  return place;
}

/** Resolves when the place is woken, the time is over or the signal aborts, which its caller looks at. */
function pause(place: Place, ms: number, signal: AbortSignal): Promise<void> {
  const remember = place.wake;
  return new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      place.wake = remember;
      place.isWoken = false;
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    place.wake = done;
    if (place.isWoken) done();
  });
}
