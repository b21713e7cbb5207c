import { availableParallelism, freemem, totalmem } from 'node:os';
import { CarrelError } from '@carrel/protocol';
import type { Release } from './places.js';

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
  /** Memory that can be used without harm now, in bytes. */
  availableBytes?: () => number;
  /** What of that is not for browsers, in bytes. Default: a twentieth of the machine's, at least 512 MiB. */
  reservedBytes?: number;
  /** How long anybody may wait who did not say, in ms. Default 10,000. */
  patienceMs?: number;
}

interface Waiting {
  readonly projectId: string;
  readonly admit: () => void;
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
  #quickestMs = Number.POSITIVE_INFINITY;
  #admittedAt: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #refused = 0;

  constructor(options: AdmissionOptions = {}) {
    this.#options = {
      maxStarting: 2 * availableParallelism(),
      availableBytes: freemem,
      reservedBytes: Math.max(512 * MEBIBYTE, totalmem() / 20),
      patienceMs: 10_000,
      ...options,
    };
    this.#allowed = this.#options.maxStarting;
  }

  /** How many wait to be let in. */
  get waiting(): number {
    let count = 0;
    for (const line of this.#lines.values()) count += line.length;
    return count;
  }

  /** How many were told to come back later. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether there is room for one that nobody has asked for. */
  get hasRoomToSpare(): boolean {
    return this.waiting === 0 && this.#hasMemory(2);
  }

  /**
   * Waits until a browser may start; to be told when it has started, or has not.
   * @throws {CarrelError} `overloaded`, with when to try again; the reason of `signal`
   */
  async enter(projectId: string, { waitMs, signal }: { waitMs: number; signal: AbortSignal }): Promise<Release> {
    signal.throwIfAborted();
    const patienceMs = Math.max(waitMs, this.#options.patienceMs);
    if (this.waiting > 0 || !this.#isOpen()) await this.#wait(projectId, patienceMs, signal);
    else this.#admit();
    const startedAt = performance.now();
    let isStarting = true;
    return () => {
      if (!isStarting) return;
      isStarting = false;
      this.#starting--;
      this.#learn(performance.now() - startedAt);
      this.#letIn();
    };
  }

  #wait(projectId: string, patienceMs: number, signal: AbortSignal): Promise<void> {
    const expectedMs = this.#expectedWaitMs();
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
      const late = setTimeout(() => leave(this.#overloaded(this.#expectedWaitMs())), patienceMs);
      const self: Waiting = {
        projectId,
        admit: () => {
          done();
          resolve();
        },
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
    this.#admittedAt.push(performance.now());
  }

  #isOpen(): boolean {
    return this.#starting < this.#allowed && this.#hasMemory(1);
  }

  #hasMemory(browsers: number): boolean {
    const { availableBytes, reservedBytes } = this.#options;
    return availableBytes() - reservedBytes >= (this.#starting + browsers) * BROWSER_BYTES;
  }

  /** One fewer at once when a start was slow, one more when it was not. */
  #learn(tookMs: number): void {
    this.#quickestMs = Math.min(this.#quickestMs * 1.01, tookMs); // what was quick once may not be for ever
    this.#allowed =
      tookMs > SLOW * this.#quickestMs ? Math.max(1, this.#allowed - 1) : Math.min(this.#options.maxStarting, this.#allowed + 1);
  }

  /** How long whoever comes now waits if all goes on as in the last seconds; 0 when nobody knows. */
  #expectedWaitMs(): number {
    const now = performance.now();
    this.#admittedAt = this.#admittedAt.filter((at) => now - at <= RATE_WINDOW_MS);
    const [first] = this.#admittedAt;
    if (first === undefined || this.#admittedAt.length < 2) return 0;
    return (this.waiting * (now - first)) / this.#admittedAt.length;
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
