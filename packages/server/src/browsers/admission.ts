import { availableParallelism } from 'node:os';
import type { MachineMemory } from '@carrel/browser';
import { CarrelError } from '@carrel/protocol';

const MEBIBYTE = 1024 * 1024;
/** What a browser comes to need soon after its start, which the system does not count as used yet. */
const BROWSER_BYTES = 150 * MEBIBYTE;
const LOOK_MS = 250;
/** Over which time it is counted how many are let in. */
const RATE_WINDOW_MS = 10_000;
/** A start that takes so many times as long as the quickest says that too many go on at once, or that the machine is busy. */
const SLOW = 4;
const LONGEST_RETRY_SECONDS = 60;

export interface AdmissionOptions {
  /** How many may be starting at once, at most; there are fewer while starts are slow. Default: two for each processor. */
  maxStarting?: number;
  /** What can be used without harm now, and all there is; a twentieth of that, at least 512 MiB, is not for browsers. */
  memory: Pick<MachineMemory, 'availableBytes' | 'totalBytes'>;
  /** How long anybody may wait who did not say, in ms. Default 10,000. */
  patienceMs?: number;
}

export interface Entry {
  /** How long it may wait at least, in ms. */
  waitMs: number;
  signal: AbortSignal;
  /** Starts of one sort take about as long as each other when the machine has nothing else to do. Undefined: it says nothing of that. */
  sort: string | undefined;
}

/** To be called once what was let in has started, or has not; twice does no harm. */
export type Admitted = (outcome: 'started' | 'failed') => void;

interface Waiting {
  readonly projectId: string;
  readonly admit: () => void;
  readonly refuse: (error: CarrelError) => void;
}

/**
 * Lets browsers start as quickly as the machine bears: while there is memory for one more, and not so many at once that all are slow. Others
 * wait a moment, each project in its turn, and are refused when that would take too long. What runs is never touched.
 */
export class Admission {
  readonly #options: Required<AdmissionOptions>;
  /** First come, first served, of each project; the project that comes first was served longest ago. */
  readonly #lines = new Map<string, Waiting[]>();
  #starting = 0;
  #allowed: number;
  /** The quickest start of each sort lately, in ms. */
  readonly #quickestMs = new Map<string, number>();
  #admittedAt: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #refused = 0;
  #closed: CarrelError | undefined;

  constructor(options: AdmissionOptions) {
    this.#options = { maxStarting: 2 * availableParallelism(), patienceMs: 10_000, ...options };
    this.#allowed = this.#options.maxStarting;
  }

  /** How many wait to be let in. */
  get waiting(): number {
    let count = 0;
    for (const line of this.#lines.values()) count += line.length;
    return count;
  }

  /** How many were let in and have not started yet. */
  get starting(): number {
    return this.#starting;
  }

  /** For how many more browsers there is memory now. */
  get fits(): number {
    return Math.max(0, Math.floor(this.#freeBytes / BROWSER_BYTES) - this.#starting);
  }

  get memoryBytes(): { available: number; total: number } {
    const { availableBytes, totalBytes } = this.#options.memory;
    return { available: availableBytes, total: totalBytes };
  }

  /** How many were told to come back later. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether there is room for one that nobody has asked for. */
  get hasRoomToSpare(): boolean {
    return this.waiting === 0 && this.#hasMemory(2);
  }

  /** Whether there is no memory for one more that somebody asks for. */
  get isShortOfMemory(): boolean {
    return !this.#hasMemory(1);
  }

  /**
   * Waits until a browser may start; to be told when it has started, or has not.
   * @throws {CarrelError} `overloaded`, with when to try again; what it was closed with; the reason of `signal`
   */
  async enter(projectId: string, { waitMs, signal, sort }: Entry): Promise<Admitted> {
    signal.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed;
    const patienceMs = Math.max(waitMs, this.#options.patienceMs);
    if (this.waiting > 0 || !this.#isOpen()) await this.#wait(projectId, patienceMs, signal);
    else this.#admit();
    const startedAt = performance.now();
    let isStarting = true;
    return (outcome) => {
      if (!isStarting) return;
      isStarting = false;
      this.#starting--;
      // What broke off says nothing of how long a start takes.
      if (outcome === 'started' && sort !== undefined) this.#learn(sort, performance.now() - startedAt);
      this.#letIn();
    };
  }

  /** Lets nobody in from now on: whoever waits or comes is told why. */
  close(error: CarrelError): void {
    this.#closed = error;
    for (const line of [...this.#lines.values()]) for (const { refuse } of line) refuse(error);
  }

  #wait(projectId: string, patienceMs: number, signal: AbortSignal): Promise<void> {
    const expectedMs = this.#expectedWaitMs(projectId) ?? 0;
    if (expectedMs > patienceMs) return Promise.reject(this.#overloaded(expectedMs));
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(late);
        signal.removeEventListener('abort', onAbort);
      };
      const leave = (error: unknown) => {
        this.#leave(self);
        done();
        reject(error);
      };
      const onAbort = () => leave(signal.reason);
      const late = setTimeout(() => leave(this.#overloaded(this.#expectedWaitMs(projectId) ?? patienceMs)), patienceMs);
      const self: Waiting = {
        projectId,
        admit: () => {
          done();
          resolve();
        },
        refuse: leave,
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#lines.set(projectId, [...(this.#lines.get(projectId) ?? []), self]);
      this.#timer ??= setInterval(() => this.#letIn(), LOOK_MS).unref();
    });
  }

  #letIn(): void {
    for (let [next] = this.#lines; next !== undefined && this.#isOpen(); [next] = this.#lines) {
      const [projectId, [first, ...others]] = next;
      this.#lines.delete(projectId);
      if (others.length > 0) this.#lines.set(projectId, others); // behind all other projects
      if (first === undefined) continue;
      this.#admit();
      first.admit();
    }
    if (this.#lines.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #leave(waiting: Waiting): void {
    const line = (this.#lines.get(waiting.projectId) ?? []).filter((other) => other !== waiting);
    if (line.length === 0) this.#lines.delete(waiting.projectId);
    else this.#lines.set(waiting.projectId, line);
  }

  #admit(): void {
    this.#starting++;
    const now = performance.now();
    this.#admittedAt = [...this.#admittedAt.filter((at) => now - at <= RATE_WINDOW_MS), now];
  }

  #isOpen(): boolean {
    return this.#starting < this.#allowed && this.#hasMemory(1);
  }

  #hasMemory(browsers: number): boolean {
    return this.#freeBytes >= (this.#starting + browsers) * BROWSER_BYTES;
  }

  get #freeBytes(): number {
    const { availableBytes, totalBytes } = this.#options.memory;
    return availableBytes - Math.max(512 * MEBIBYTE, totalBytes / 20);
  }

  /** One fewer at once when a start was slow, one more when it was not. */
  #learn(sort: string, tookMs: number): void {
    const known = this.#quickestMs.get(sort) ?? Number.POSITIVE_INFINITY;
    const quickestMs = Math.min(known * 1.01, tookMs); // what was quick once may not be for ever
    this.#quickestMs.set(sort, quickestMs);
    this.#allowed = tookMs > SLOW * quickestMs ? Math.max(1, this.#allowed - 1) : Math.min(this.#options.maxStarting, this.#allowed + 1);
  }

  /** How long whoever comes now waits if all goes on as in the last seconds; undefined when nobody was let in for that long. */
  #expectedWaitMs(projectId: string): number | undefined {
    const now = performance.now();
    const admittedAt = this.#admittedAt.filter((at) => now - at <= RATE_WINDOW_MS);
    const [first] = admittedAt;
    if (first === undefined || admittedAt.length < 2) return undefined;
    return (this.#ahead(projectId) * (now - first)) / admittedAt.length;
  }

  /** How many come before whoever comes now: projects take turns, so that another's long line holds up nobody else's short one. */
  #ahead(projectId: string): number {
    const own = this.#lines.get(projectId)?.length ?? 0;
    let count = 0;
    for (const line of this.#lines.values()) count += Math.min(line.length, own + 1);
    return count;
  }

  #overloaded(expectedMs: number): CarrelError {
    this.#refused++;
    const retryAfterSeconds = Math.min(LONGEST_RETRY_SECONDS, Math.max(1, Math.ceil(expectedMs / 1000)));
    const why = this.#hasMemory(1) ? `${this.waiting} others wait for a browser to start` : 'there is no memory left for another browser';
    return new CarrelError(
      'overloaded',
      `The machine has as much to do as it can do well: ${why}. Try again in ${retryAfterSeconds} s, wait with waitMs, or close browsers.`,
      { details: { waiting: this.waiting, retryAfterSeconds } },
    );
  }
}
