import type { BrowserStatus, EndReason } from '@carrel/protocol';

/**
 * The states of a browser and the ways between them. `closed`, `failed` and `timed_out` are ends.
 *
 * ```
 * starting ─→ running ─→ closing ─→ closed
 *     │          │          ├─────→ timed_out
 *     └──────────┴──────────┴─────→ failed
 * ```
 *
 * A browser whose time is over is `closing` while its processes end, like one that is closed by a client; only then it is `timed_out`.
 */
const TRANSITIONS: Readonly<Record<BrowserStatus, readonly BrowserStatus[]>> = {
  starting: ['running', 'closing', 'failed'],
  running: ['closing', 'failed'],
  closing: ['closed', 'timed_out', 'failed'],
  closed: [],
  failed: [],
  timed_out: [],
};

/** Which end a reason leads to. */
const ENDS: Readonly<Record<EndReason['code'], 'closed' | 'failed' | 'timed_out'>> = {
  closed_by_client: 'closed',
  server_shutdown: 'closed',
  idle_timeout: 'timed_out',
  max_duration: 'timed_out',
  disk_exceeded: 'failed',
  memory_exceeded: 'failed',
  tasks_exceeded: 'failed',
  crashed: 'failed',
  launch_failed: 'failed',
  server_died: 'failed',
};

/** The end that a reason leads to. */
export const endFor = (reason: EndReason) => ENDS[reason.code];

/** Whether a browser in this state is over. */
export const isEnd = (status: BrowserStatus) => TRANSITIONS[status].length === 0;

export interface Transition {
  from: BrowserStatus;
  to: BrowserStatus;
  at: Date;
  /** Why it ends; null while it does not. */
  reason: EndReason | null;
}

/** The state machine of one browser. Each transition is one call of `to`, and told to one listener. */
export class Lifecycle {
  readonly #onTransition: (transition: Transition) => void;
  #status: BrowserStatus = 'starting';
  #reason: EndReason | null = null;
  #endedAt: Date | null = null;

  constructor(onTransition: (transition: Transition) => void) {
    this.#onTransition = onTransition;
  }

  get status(): BrowserStatus {
    return this.#status;
  }

  get reason(): EndReason | null {
    return this.#reason;
  }

  get endedAt(): Date | null {
    return this.#endedAt;
  }

  /** Goes to a state, with the reason when it is on the way to an end. Says whether that was possible: of two that end it, the first wins. */
  to(status: BrowserStatus, reason?: EndReason): boolean {
    if (!TRANSITIONS[this.#status].includes(status)) return false;
    const from = this.#status;
    const at = new Date();
    this.#status = status;
    this.#reason = reason ?? this.#reason;
    if (isEnd(status)) this.#endedAt = at;
    this.#onTransition({ from, to: status, at, reason: this.#reason });
    return true;
  }
}
