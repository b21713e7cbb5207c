import { setTimeout as delay } from 'node:timers/promises';
import { HumanTimeout, TurnEnded, type TurnEvent } from '@carrel/agent';
import {
  CarrelError,
  type ModelUsage,
  type Proxies,
  type StepSummary,
  type TaskEventData,
  type TaskEventType,
  type WaitingFor,
  WEBHOOK_EVENTS,
} from '@carrel/protocol';
import { type Fence, hostsOf, type TaskClaims, type TaskRow } from '../store/index.js';
import { type ClaimedTurn, LeaseLost } from './claimed-turn.js';
import { Stopwatch } from './stopwatch.js';

const WRITE_BACKOFF_MS = 200;
/** Of the lease: what is left for the browser to be gone before the turn may be another's. */
const MARGIN = 0.25;

const CANCELLED = { stopReason: 'cancelled', result: null, failure: null } as const;

export interface RunningTurnOptions {
  readonly row: TaskRow;
  readonly claims: TaskClaims;
  readonly leaseMs: number;
  /** `performance.now()` from before it was taken. */
  readonly takenAtMs: number;
}

/** A turn that runs here: what its runner writes, and what others want of it. */
export class RunningTurn implements ClaimedTurn {
  readonly #options: RunningTurnOptions;
  readonly #ending = new AbortController();
  /** Aborted when it is not ours any more: nothing can be written then. */
  readonly #lost = new AbortController();
  readonly #stopwatch: Stopwatch;
  readonly #usageBefore: readonly ModelUsage[];
  #steps: StepSummary[] = [];
  #hasActed = false;
  #isPauseRequested: boolean;
  #resume: ((answer: string | null) => void) | null = null;
  #leaseTimer: NodeJS.Timeout | undefined;

  constructor(options: RunningTurnOptions) {
    this.#options = options;
    const { row, takenAtMs } = options;
    this.#isPauseRequested = row.pauseRequestedAt !== null;
    this.#usageBefore = row.usage;
    this.#stopwatch = new Stopwatch(row.request.timeoutMs - row.ranMs, () => this.end(new TurnEnded(timedOut(row.request.timeoutMs))));
    this.#stopwatch.start();
    this.renewed(takenAtMs);
  }

  get taskId(): string {
    return this.#options.row.id;
  }
  get sessionId(): string {
    return this.#options.row.sessionId;
  }
  get projectId(): string {
    return this.#options.row.projectId;
  }
  get endUserId(): string {
    return this.#options.row.endUserId;
  }
  get request(): ClaimedTurn['request'] {
    return this.#options.row.request;
  }
  get proxies(): Proxies | undefined {
    return this.#options.claims.proxiesOf(this.#options.row);
  }
  get model(): string {
    return this.#options.row.model;
  }
  get context(): ClaimedTurn['context'] {
    return this.#options.row.context ?? { previousContext: null, previousError: [] };
  }
  get attempt(): number {
    return this.#options.row.attempt;
  }
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get fence(): Fence {
    const { taskId, sessionId, attempt } = this;
    return { taskId, sessionId, attempt };
  }

  /** Whether something was done on a page that is not to be done twice. */
  get hasActed(): boolean {
    return this.#hasActed;
  }

  /** Whether it is another's, or over: nothing of it is written any more. */
  get isLost(): boolean {
    return this.#lost.signal.aborted;
  }

  /** Ends it, for the first reason that there is. */
  end(reason: Error): void {
    this.#ending.abort(reason);
  }

  /** It is ours for another while. @param sentAtMs `performance.now()` from before that was asked for */
  renewed(sentAtMs: number): void {
    clearTimeout(this.#leaseTimer);
    if (this.isLost) return;
    const leftMs = sentAtMs + this.#options.leaseMs * (1 - MARGIN) - performance.now();
    this.#leaseTimer = setTimeout(() => this.#lose('The database could not be told in time that the turn still runs.'), leftMs);
  }

  /** Looks at what others have done to it. */
  async look(): Promise<void> {
    const row = await this.#options.claims.look(this.taskId);
    if (row === null || row.attempt !== this.attempt) this.#lose('The turn is not this server’s any more.');
    else if (row.status === 'cancelled') {
      this.end(new TurnEnded(CANCELLED));
      this.#lose('It was cancelled.');
    } else if (row.status !== 'running' && row.status !== 'paused') this.#lose(`The turn is ${row.status}.`);
    else {
      this.#isPauseRequested = row.pauseRequestedAt !== null;
      if (row.status === 'running') this.#resume?.(row.answer);
    }
  }

  async log(type: TaskEventType, data: TaskEventData): Promise<void> {
    const { claims } = this.#options;
    const isTold = (WEBHOOK_EVENTS as readonly string[]).includes(type);
    const event = { type, data };
    await this.#must(() => (isTold ? claims.change(this.fence, {}, [event]) : claims.append(this.fence, {}, { event })));
  }

  async record(event: TurnEvent): Promise<void> {
    const { claims } = this.#options;
    if (event.type !== 'step.finished') {
      await this.#must(() => claims.append(this.fence, {}, { event }));
      return;
    }
    const { step, screenshot } = event.data;
    const summary = { ...event.data.summary, hasScreenshot: screenshot !== null };
    this.#steps = [...this.#steps, summary];
    const usage = addUsage(this.#usageBefore, event.data.usage);
    const set = { steps: this.#steps, usage, visitedUrls: hostsOf(this.#steps) };
    const line = { event: { type: event.type, data: { step, summary, usage } }, screenshot: screenshot && { step, jpeg: screenshot } };
    await this.#must(() => claims.append(this.fence, set, line));
  }

  async browserOpened(browserId: string): Promise<void> {
    const event = { type: 'browser.opened', data: { browserId } } as const;
    await this.#must(() => this.#options.claims.append(this.fence, { browserId }, { event }));
  }

  async firstAction(): Promise<void> {
    if (this.#hasActed) return;
    this.#hasActed = true; // also when it cannot be written: then it is not done, and nothing is lost but a retry
    await this.#must(() => this.#options.claims.change(this.fence, { hasActed: true }, []));
  }

  async whenNotPaused(signal: AbortSignal): Promise<void> {
    const since = iso(Date.now());
    while (this.#isPauseRequested) {
      const waitingFor = { reason: 'resume', question: null, since, expiresAt: null } as const;
      if ((await this.#pause(waitingFor, signal, null)) === null) await this.#check(); // taken back, perhaps
    }
  }

  async askHuman(question: string, signal: AbortSignal): Promise<string> {
    const { claims } = this.#options;
    const { humanTimeoutMs } = this.request;
    const since = Date.now();
    const waitingFor = { reason: 'human', question, since: iso(since), expiresAt: iso(since + humanTimeoutMs) } as const;
    const resumed = await this.#pause(waitingFor, signal, humanTimeoutMs);
    if (resumed === null) return await this.#fail();
    if (resumed.answer !== null) return resumed.answer;
    if (await this.write(() => claims.stopWaiting(this.fence))) {
      throw new HumanTimeout(`Nobody answered within ${Math.round(humanTimeoutMs / 1000)} seconds: ${question}`);
    }
    // Somebody answered at the last moment, or it is over.
    const late = await this.write(() => claims.look(this.taskId));
    return late?.attempt === this.attempt && late.answer !== null ? late.answer : await this.#fail();
  }

  /**
   * Writes something, and again while the database is away, for as long as the turn is ours. What was written already when the answer was
   * lost is written twice, which a reader of the log sees, and nothing else.
   */
  async write<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = this.#lost;
    for (;;) {
      signal.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof CarrelError && error.code === 'store_unavailable')) throw error;
        await delay(WRITE_BACKOFF_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  /** Nothing more is timed or waited for. */
  [Symbol.dispose](): void {
    clearTimeout(this.#leaseTimer);
    this.#stopwatch.stop();
  }

  async #must(work: () => Promise<boolean>): Promise<void> {
    if (!(await this.write(work))) await this.#fail();
  }

  /** @throws {LeaseLost} */
  async #check(): Promise<void> {
    await this.write(() => this.look());
    this.#lost.signal.throwIfAborted();
  }

  /** What was to be written did not apply, as a rule because it is not ours any more. */
  async #fail(): Promise<never> {
    await this.#check();
    throw new CarrelError('internal', `Something was to be written of task ${this.taskId} in a state that it is not in.`);
  }

  #lose(why: string): void {
    const lost = new LeaseLost(why);
    this.#lost.abort(lost);
    this.end(lost);
    this[Symbol.dispose]();
  }

  /** Pauses it until it is resumed, or for so long. @returns null: it could not be paused; `answer` is null when there is none */
  async #pause(
    waitingFor: Omit<WaitingFor, 'url'>,
    given: AbortSignal,
    withinMs: number | null,
  ): Promise<{ readonly answer: string | null } | null> {
    const signal = AbortSignal.any([given, this.#ending.signal]);
    signal.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    let onAbort = () => {};
    // Before it is paused: it may be resumed at once.
    const resumed = new Promise<string | null>((resolve, reject) => {
      this.#resume = resolve;
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      if (withinMs !== null) timer = setTimeout(() => resolve(null), withinMs);
    });
    resumed.catch(() => {}); // it is waited for below, unless it could not be paused
    try {
      if (!(await this.write(() => this.#options.claims.pause(this.fence, waitingFor)))) return null;
      this.#stopwatch.stop();
      return { answer: await resumed };
    } finally {
      this.#resume = null;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (!this.isLost) this.#stopwatch.start();
    }
  }
}

const iso = (timeMs: number) => new Date(timeMs).toISOString();

const timedOut = (timeoutMs: number) => ({
  stopReason: 'timeout' as const,
  result: null,
  failure: {
    code: 'timeout' as const,
    message: `It took longer than ${timeoutMs} ms, without the time that it waited for people. Give it more (timeoutMs), or less to do.`,
  },
});

/** What models were used for in the attempts before and in this one. */
function addUsage(before: readonly ModelUsage[], now: readonly ModelUsage[]): ModelUsage[] {
  const sums = new Map(before.map((usage) => [usage.model, usage]));
  for (const usage of now) {
    const other = sums.get(usage.model);
    sums.set(usage.model, other === undefined ? usage : addTwo(other, usage));
  }
  return [...sums.values()];
}

const addTwo = (a: ModelUsage, b: ModelUsage): ModelUsage => ({
  model: a.model,
  calls: a.calls + b.calls,
  inputTokens: a.inputTokens + b.inputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
});
