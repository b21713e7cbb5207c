import type { NetworkExit } from '@carrel/protocol';
import type { DirectExit, Exit } from './exits.js';
import { EgressFailure } from './failure.js';
import type { Target } from './target.js';

export interface RouteOptions {
  direct: DirectExit;
  /** In the order in which they are to be tried; none: the browser leaves directly. */
  upstreams: readonly Exit[];
  /** The browser leaves by another one from now on, because of what happened to the one before. */
  onChange: (exit: NetworkExit, failure: EgressFailure) => void;
}

/** Of exits in the order in which they are to be tried, the one to begin with; undefined when there are none. */
export const firstExit = <T extends Pick<Exit, 'isResting'>>(exits: readonly T[]): T | undefined =>
  exits.find((exit) => !exit.isResting) ?? exits[0];

/**
 * Which exit a browser leaves by: the same one for its life, until it fails; then the next, and never the direct one unless that is what it
 * was opened with.
 */
export class Route {
  readonly #options: RouteOptions;
  #current: Exit;

  constructor(options: RouteOptions) {
    this.#options = options;
    this.#current = firstExit(options.upstreams) ?? options.direct;
  }

  get info(): NetworkExit {
    return this.#current.info;
  }

  /**
   * Uses an exit, and the next one when it fails as an exit.
   * @throws {EgressFailure} `exit_failed` when all have failed, and what `use` throws
   */
  async through<T>(target: Target, use: (exit: Exit) => Promise<T>): Promise<T> {
    const { direct, onChange } = this.#options;
    let failure: EgressFailure | undefined;
    for (const exit of this.#inOrder()) {
      try {
        const result = await use(exit.isBypassed(target) ? direct : exit);
        if (failure !== undefined && this.#current !== exit) {
          this.#current = exit;
          onChange(exit.info, failure);
        }
        return result;
      } catch (error) {
        if (!(error instanceof EgressFailure) || error.code !== 'exit_failed') throw error;
        failure = error;
      }
    }
    throw failure ?? new EgressFailure('exit_failed', 'This browser has no way out.');
  }

  /** The one in use, then the others, and those last that failed a moment ago. */
  #inOrder(): Exit[] {
    const others = this.#options.upstreams.filter((exit) => exit !== this.#current);
    return [this.#current, ...others.sort((a, b) => Number(a.isResting) - Number(b.isResting))];
  }
}
