import { CarrelApiError, CarrelError } from '../errors.js';
import type { BrowserInfo, UpdateBrowserRequest } from '../types.js';

/** Sends the change and gives the browser as it is then. */
export type SendUpdate = (change: UpdateBrowserRequest, timeoutMs: number) => Promise<BrowserInfo>;

const MAX_INTERVAL_MS = 3_600_000; // No sleep of a laptop or a changed limit goes unnoticed for longer.

/**
 * Keeps a browser open while a program holds it: sets its idle limit anew each time a third of it is over, and lengthens its life when
 * that draws to a close, as far as the operator lets it. Time is measured here from when the browser was opened, so that the clocks
 * of the two machines need not agree. The timer keeps no process alive.
 */
export class KeepAlive {
  readonly #send: SendUpdate;
  readonly #openedAt = performance.now();
  readonly #stepSeconds: number;
  #limits: Pick<BrowserInfo, 'idleTimeoutSeconds' | 'maxDurationSeconds'>;
  /** The operator's cap on `maxDurationSeconds`, once it has been met. */
  #capSeconds = Number.POSITIVE_INFINITY;
  #isStopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(info: BrowserInfo, send: SendUpdate) {
    this.#send = send;
    this.#limits = info;
    this.#stepSeconds = info.maxDurationSeconds;
    this.#schedule();
  }

  /** Takes over limits that were changed by hand. */
  learn(info: BrowserInfo): void {
    const isChanged =
      info.idleTimeoutSeconds !== this.#limits.idleTimeoutSeconds || info.maxDurationSeconds !== this.#limits.maxDurationSeconds;
    this.#limits = info;
    if (isChanged && !this.#isStopped) this.#schedule();
  }

  /** Ends it; nothing is sent any more. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  get #intervalMs(): number {
    return Math.min((Math.min(this.#limits.idleTimeoutSeconds, this.#limits.maxDurationSeconds) * 1000) / 3, MAX_INTERVAL_MS);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#renew(), this.#intervalMs);
    // Node's timers can be told not to keep the process alive; those of web pages need not be.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #renew(): Promise<void> {
    try {
      const info = await this.#extend();
      if (info) this.#limits = info;
    } catch (error) {
      // Gone, no longer ours, or the program gave the client up: the next call on the browser will tell it. Anything else may have
      // passed by the next time, of which there are two before the limit is reached.
      if (!(error instanceof CarrelError) || isFinal(error)) this.stop();
    }
    if (!this.#isStopped) this.#schedule();
  }

  async #extend(): Promise<BrowserInfo> {
    const { idleTimeoutSeconds, maxDurationSeconds } = this.#limits;
    const elapsedMs = performance.now() - this.#openedAt;
    const timeoutMs = 2 * this.#intervalMs; // As long as an answer can still be in time.
    const isNearEnd = maxDurationSeconds * 1000 - elapsedMs < 2 * this.#intervalMs;
    if (isNearEnd && maxDurationSeconds < this.#capSeconds) {
      const wanted = Math.min(maxDurationSeconds + this.#stepSeconds, this.#capSeconds);
      try {
        return await this.#send({ idleTimeoutSeconds, maxDurationSeconds: wanted }, timeoutMs);
      } catch (error) {
        if (!(error instanceof CarrelApiError) || error.code !== 'limit_exceeded') throw error;
        // Next time as far as the operator lets it, and no further: the browser ends then, but until then not for idleness.
        this.#capSeconds = typeof error.details.cap === 'number' ? error.details.cap : maxDurationSeconds;
      }
    }
    return this.#send({ idleTimeoutSeconds }, timeoutMs);
  }
}

const isFinal = (error: CarrelError) =>
  error instanceof CarrelApiError && error.status >= 400 && error.status < 500 && error.retryAfterMs === undefined;
