import { CarrelError } from '@carrel/protocol';

interface Waiting {
  admit: () => void;
}

interface Line {
  taken: number;
  /** First come, first served. */
  waiting: Waiting[];
  limit: number;
}

/** A place that somebody holds; giving it back twice does no harm. */
export type Release = () => void;

/** How many browsers of each project may be open at once on this server, and the line of those that wait for a place. */
export class Places {
  readonly #lines = new Map<string, Line>();

  /**
   * Takes a place, waiting in line for up to `waitMs`.
   * @throws {CarrelError} `quota_exceeded` when there is none by then
   */
  async take(projectId: string, options: { limit: number; waitMs: number; signal: AbortSignal }): Promise<Release> {
    const line = this.#lines.get(projectId) ?? { taken: 0, waiting: [], limit: options.limit };
    this.#lines.set(projectId, line);
    this.#setLimit(line, options.limit);
    if (line.taken >= line.limit || line.waiting.length > 0) await this.#wait(line, options);
    else line.taken++;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#giveBack(projectId, line);
    };
  }

  /** From now on a project may have so many browsers open; who waits in line is let in as far as that goes. */
  changeLimit(projectId: string, limit: number): void {
    const line = this.#lines.get(projectId);
    if (line !== undefined) this.#setLimit(line, limit);
  }

  /** The projects that have browsers open, or somebody in line. */
  get projectIds(): string[] {
    return [...this.#lines.keys()];
  }

  #setLimit(line: Line, limit: number): void {
    line.limit = limit;
    this.#letIn(line);
  }

  #wait(line: Line, { waitMs, signal }: { waitMs: number; signal: AbortSignal }): Promise<void> {
    if (waitMs === 0 || signal.aborted) return Promise.reject(fullLine(line));
    return new Promise((resolve, reject) => {
      const leave = (error: unknown) => {
        line.waiting = line.waiting.filter((other) => other !== self);
        done();
        reject(error);
      };
      const onAbort = () => leave(signal.reason);
      const timer = setTimeout(() => leave(fullLine(line)), waitMs);
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const self: Waiting = {
        admit: () => {
          done();
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      line.waiting.push(self);
    });
  }

  #giveBack(projectId: string, line: Line): void {
    line.taken--;
    this.#letIn(line);
    if (line.taken === 0 && line.waiting.length === 0) this.#lines.delete(projectId);
  }

  #letIn(line: Line): void {
    while (line.taken < line.limit) {
      const next = line.waiting.shift();
      if (next === undefined) break;
      line.taken++;
      next.admit();
    }
  }
}

/** Browsers live for seconds to hours, so that nobody knows when a place comes free; five seconds ask neither too often nor too late. */
const RETRY_AFTER_SECONDS = 5;

const fullLine = ({ taken, limit }: Line) => quotaExceeded({ used: taken, limit });

/** The error of a project that has no place left. */
export function quotaExceeded({ used, limit }: { used: number; limit: number }): CarrelError {
  return new CarrelError(
    'quota_exceeded',
    `The project has ${used} browsers open, and may have ${limit}. Close one, wait in line with waitMs, or have the operator raise the limit.`,
    { details: { limit, used, retryAfterSeconds: RETRY_AFTER_SECONDS } },
  );
}
