/** The parts of a lifecycle, in their order. */
export const PHASES = ['create', 'connect', 'goto', 'release'] as const;
export type Phase = (typeof PHASES)[number];

/** How long the phases of one lifecycle took, and all of it, in ms. A contender that has no such phase has no such time. */
export type Timing = Partial<Record<Phase, number>> & { total: number };

/** How long one step of a contender with Playwright may take. */
export const STEP_TIMEOUT_MS = 30_000;

export type ContenderName = 'carrel' | 'floor' | 'launch' | 'bare';

/** One way to get a browser, go to a page and be done with it. */
export interface Contender extends AsyncDisposable {
  readonly name: ContenderName;

  /**
   * One whole lifecycle, timed.
   * @param slot which of those that go on at once, from 0
   * @param url where to go
   */
  run(slot: number, url: string): Promise<Timing>;

  /** Resolves when nothing that earlier lifecycles left is at work any more. */
  settle(): Promise<void>;
}

/** One that can also have many browsers open. */
export interface DenseContender extends Contender {
  /** Opens a browser, goes to the page and leaves it there, with nobody connected where that can be, until the contender is disposed of. */
  leaveOpen(slot: number, url: string): Promise<void>;

  /** Pids of all processes of the browsers that were left open. */
  browserPids(): number[];
}

/** Takes the times of one lifecycle. */
export class Stopwatch {
  readonly #times: Partial<Record<Phase, number>> = {};
  readonly #startedAt = performance.now();

  async time<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const result = await work();
    this.#times[phase] = performance.now() - startedAt;
    return result;
  }

  stop(): Timing {
    return { ...this.#times, total: performance.now() - this.#startedAt };
  }
}
