import { setTimeout as delay } from 'node:timers/promises';
import { HumanTimeout, TurnEnded, type TurnEvent } from '@carrel/agent';
import {
  CarrelError,
  type ModelUsage,
  type Proxies,
  type StepSummary,
  TASK_WEBHOOK_EVENTS,
  type TaskEventData,
  type TaskEventType,
  type WaitingFor,
} from '@carrel/protocol';
import { type Fence, hostsOf, type TaskClaims, type TaskRow } from '../store/index.js';
import { addUsage } from './add-usage.js';
import { type ClaimedTurn, type HumanWait, LeaseLost } from './claimed-turn.js';
import { Stopwatch } from './stopwatch.js';
import { CANCELLED, neverResumed, timedOut } from './turn-endings.js';

const WRITE_BACKOFF_MS = 200;
/** Of the lease: what is left for the browser to be gone before the turn may be another's. */
const MARGIN = 0.25;

/** How long a turn stays paused that nobody resumes: its browser is open meanwhile. */
const RESUME_WITHIN_MS = 24 * 3_600_000;

export interface RunningTurnOptions {
  readonly row: TaskRow;
  readonly claims: TaskClaims;
  readonly leaseMs: number;
  /** `performance.now()` from before it was taken. */
  readonly takenAtMs: number;
  /** Default: 24 hours. */
  readonly resumeWithinMs?: number | undefined;
  /** Told when it is paused. */
  readonly onPaused?: (() => void) | undefined;
}

/** How a pause ended: nobody ended it in time, or somebody did, with an answer if one was asked for. */
type Resumed = 'expired' | { readonly answer: string | null };

/** A turn that runs here: what its runner writes, and what others want of it. */
export class RunningTurn implements ClaimedTurn {
  readonly #options: RunningTurnOptions;
  readonly #ending = new AbortController();
  /** Aborted when it is not ours any more: nothing can be written then. */
  readonly #lost = new AbortController();
  readonly #stopwatch: Stopwatch;
  readonly usageBefore: readonly ModelUsage[];
  #steps: StepSummary[] = [];
  #startPage: Pick<StepSummary, 'url'>[] = [];
  #hasActed = false;
  #isPauseRequested: boolean;
  #isPaused = false;
  #looksSent = 0;
  /** The newest look whose answer came: what an older one saw is over. */
  #lastLook = 0;
  /** While it is paused. Looks sent before then may not have seen it paused yet: only later ones tell that it was resumed. */
  #paused: { readonly afterLook: number; readonly resume: (resumed: Resumed) => void } | null = null;
  #leaseTimer: NodeJS.Timeout | undefined;

  constructor(options: RunningTurnOptions) {
    this.#options = options;
    const { row, takenAtMs } = options;
    this.#isPauseRequested = row.pauseRequestedAt !== null;
    this.usageBefore = row.usage;
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

  /** Whether it waits for a person, and so works at nothing. */
  get isPaused(): boolean {
    return this.#isPaused;
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
    const sent = ++this.#looksSent;
    const row = await this.#options.claims.look(this.taskId);
    if (row === null || row.attempt !== this.attempt) this.#lose('The turn is not this server’s any more.');
    else if (row.status === 'cancelled') {
      this.end(new TurnEnded(CANCELLED));
      this.#lose('It was cancelled.');
    } else if (row.status !== 'running' && row.status !== 'paused') this.#lose(`The turn is ${row.status}.`);
    else if (sent > this.#lastLook) {
      this.#lastLook = sent;
      this.#isPauseRequested = row.pauseRequestedAt !== null;
      if (row.status === 'running' && this.#paused !== null && sent > this.#paused.afterLook) this.#paused.resume({ answer: row.answer });
    }
  }

  async log(type: TaskEventType, data: TaskEventData): Promise<void> {
    const { claims } = this.#options;
    const isTold = (TASK_WEBHOOK_EVENTS as readonly string[]).includes(type);
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
    const usage = addUsage(this.usageBefore, event.data.usage);
    const set = { steps: this.#steps, usage, visitedUrls: hostsOf([...this.#startPage, ...this.#steps]) };
    const line = { event: { type: event.type, data: { step, summary, usage } }, screenshot: screenshot && { step, jpeg: screenshot } };
    await this.#must(() => claims.append(this.fence, set, line));
  }

  async browserOpened(browserId: string): Promise<void> {
    const event = { type: 'browser.opened', data: { browserId } } as const;
    await this.#must(() => this.#options.claims.append(this.fence, { browserId }, { event }));
  }

  async visited(url: string): Promise<void> {
    this.#startPage = [{ url }];
    await this.#must(() => this.#options.claims.change(this.fence, { visitedUrls: hostsOf(this.#startPage) }, []));
  }

  async firstAction(): Promise<void> {
    if (this.#hasActed) return;
    this.#hasActed = true; // also when it cannot be written: then it is not done, and nothing is lost but a retry
    await this.#must(() => this.#options.claims.change(this.fence, { hasActed: true }, []));
  }

  async whenNotPaused(signal: AbortSignal): Promise<void> {
    const { resumeWithinMs = RESUME_WITHIN_MS } = this.#options;
    while (this.#isPauseRequested) {
      const since = Date.now();
      const waitingFor = { reason: 'resume', question: null, since: iso(since), expiresAt: iso(since + resumeWithinMs) } as const;
      const resumed = await this.#pause(waitingFor, signal, resumeWithinMs);
      if (resumed === null)
        await this.#check(); // taken back, perhaps
      else if (resumed === 'expired') {
        this.end(new TurnEnded(neverResumed(resumeWithinMs)));
        this.signal.throwIfAborted();
      }
    }
  }

  async askHuman(question: string, signal: AbortSignal): Promise<string> {
    const { claims } = this.#options;
    const { humanTimeoutMs } = this.request;
    const since = Date.now();
    const waitingFor = { reason: 'human', question, since: iso(since), expiresAt: iso(since + humanTimeoutMs) } as const;
    const resumed = await this.#pause(waitingFor, signal, humanTimeoutMs);
    if (resumed === null) return await this.#fail();
    if (resumed !== 'expired') return await this.#take(resumed.answer);
    if (await this.write(() => claims.stopWaiting(this.fence, { reason: 'human_timeout' }))) {
      throw new HumanTimeout(`Nobody answered within ${Math.round(humanTimeoutMs / 1000)} seconds: ${question}`);
    }
    // Somebody answered at the last moment, or it is over.
    const late = await this.write(() => claims.look(this.taskId));
    return await this.#take(late?.attempt === this.attempt ? late.answer : null);
  }

  /** Stays paused while a person does something in the browser: until that is over, or somebody resumes it. */
  async waitForHuman({ reason, wish, expiresAt, over }: HumanWait, signal: AbortSignal): Promise<void> {
    const waitingFor = { reason, question: wish, since: iso(Date.now()), expiresAt: expiresAt?.toISOString() ?? null };
    const resumed = await this.#pause(waitingFor, signal, RESUME_WITHIN_MS, over);
    if (resumed === null) await this.#fail();
    if (resumed !== 'expired') return;
    const isDone = await Promise.race([over, false]);
    await this.write(() => this.#options.claims.stopWaiting(this.fence, isDone ? {} : { reason: 'human_timeout' }));
  }

  /** It is the answer to one question only. */
  async #take(answer: string | null): Promise<string> {
    if (answer === null) return await this.#fail();
    await this.#must(() => this.#options.claims.change(this.fence, { answer: null }, []));
    return answer;
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

  /** Pauses it until it is resumed, or for so long, or until what it waits for is done. @returns null: it could not be paused */
  async #pause(
    waitingFor: Omit<WaitingFor, 'url'>,
    given: AbortSignal,
    withinMs: number,
    done?: Promise<unknown>,
  ): Promise<Resumed | null> {
    const signal = AbortSignal.any([given, this.#ending.signal]);
    signal.throwIfAborted();
    if (!(await this.write(() => this.#options.claims.pause(this.fence, waitingFor)))) return null;
    let timer: NodeJS.Timeout | undefined;
    let onAbort = () => {};
    try {
      const resumed = new Promise<Resumed>((resolve, reject) => {
        this.#paused = { afterLook: this.#looksSent, resume: resolve };
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        timer = setTimeout(() => resolve('expired'), withinMs);
        void done?.then(() => resolve('expired'));
      });
      resumed.catch(() => {}); // it is waited for below, unless it is not ours any more
      signal.throwIfAborted();
      this.#stopwatch.stop();
      this.#isPaused = true;
      this.#options.onPaused?.();
      await this.#check(); // it may have been resumed already, when nobody waited for that
      return await resumed;
    } finally {
      this.#paused = null;
      this.#isPaused = false;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      if (!this.isLost) this.#stopwatch.start();
    }
  }
}

const iso = (timeMs: number) => new Date(timeMs).toISOString();
