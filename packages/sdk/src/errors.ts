import type { ErrorCode } from './generated/errors.js';
import type { BrowserInfo, BrowserProfile, Task } from './types.js';

/** What can go wrong on the client's side of a call. */
export type ClientErrorCode =
  | 'connection_failed'
  | 'timeout'
  | 'unexpected_response'
  | 'invalid_configuration'
  | 'no_cdp_url'
  | 'profile_not_saved'
  | 'task_not_completed'
  | 'invalid_webhook';

/**
 * Everything that this client throws, except the reason of an `AbortSignal` of yours, which is thrown as it is.
 *
 * @example
 * try {
 *   await client.browsers.open();
 * } catch (error) {
 *   if (isCarrelError(error, 'quota_exceeded')) console.log('all places taken');
 *   else throw error;
 * }
 */
export class CarrelError extends Error {
  override readonly name: string = 'CarrelError';
  /** The kind of error: stable, for programs. */
  readonly code: ErrorCode | ClientErrorCode;

  constructor(code: ErrorCode | ClientErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** The server answered with an error. */
export class CarrelApiError extends CarrelError {
  override readonly name = 'CarrelApiError';
  declare readonly code: ErrorCode | 'unexpected_response';
  /** The HTTP status. */
  readonly status: number;
  /** Facts about this case; the keys depend on the code. */
  readonly details: Record<string, unknown>;
  /** Names this request in the server's log; absent when something before the server answered. */
  readonly requestId: string | undefined;
  /** How long the server asks to wait before another try, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode | 'unexpected_response',
    message: string,
    facts: { status: number; details?: Record<string, unknown>; requestId?: string; retryAfterMs?: number; cause?: unknown },
  ) {
    super(code, message, { cause: facts.cause });
    this.status = facts.status;
    this.details = facts.details ?? {};
    this.requestId = facts.requestId;
    this.retryAfterMs = facts.retryAfterMs;
  }
}

/** No answer: the server could not be reached, or the connection broke. */
export class CarrelConnectionError extends CarrelError {
  override readonly name = 'CarrelConnectionError';
  declare readonly code: 'connection_failed';
  /** True when it is certain that the request never reached a server. */
  readonly isUnsent: boolean;

  constructor(message: string, options: { cause: unknown; isUnsent: boolean }) {
    super('connection_failed', message, { cause: options.cause });
    this.isUnsent = options.isUnsent;
  }
}

/** The time given for a call was over. The server may have done it all the same. */
export class CarrelTimeoutError extends CarrelError {
  override readonly name = 'CarrelTimeoutError';
  declare readonly code: 'timeout';

  constructor(message: string, options?: { cause?: unknown }) {
    super('timeout', message, options);
  }
}

/**
 * The browser has ended, but its state was not saved to its profile. What was saved of it before is still there.
 *
 * @example
 * try {
 *   await browser.close();
 * } catch (error) {
 *   if (isCarrelError(error, 'profile_not_saved')) console.log(error.reason.code, error.browser.profile?.savedVersion);
 *   else throw error;
 * }
 */
export class CarrelUnsavedError extends CarrelError {
  override readonly name = 'CarrelUnsavedError';
  declare readonly code: 'profile_not_saved';
  /** The browser as it ended. */
  readonly browser: BrowserInfo;
  /** Why it was not saved: a code of the server's catalogue, such as `profile_too_large`, and a message. */
  readonly reason: NonNullable<BrowserProfile['error']>;

  constructor(browser: BrowserInfo, profile: BrowserProfile, reason: NonNullable<BrowserProfile['error']>) {
    const { id, savedVersion, version } = profile;
    const last = savedVersion ?? version;
    const before = last === null ? 'Nothing had been saved before.' : `Version ${last} is still there.`;
    super('profile_not_saved', `${browser.id} has ended, but was not saved to its profile ${id}: ${reason.message} ${before}`);
    this.browser = browser;
    this.reason = reason;
  }
}

/** A task has no result: it failed, was cancelled, or has not ended. Thrown by `resultOf`. */
export class CarrelTaskError extends CarrelError {
  override readonly name = 'CarrelTaskError';
  declare readonly code: 'task_not_completed';
  /** The task as it is; `errorCode` says why it failed, for programs. */
  readonly task: Task;

  constructor(task: Task) {
    const why = task.error === undefined ? '' : `: ${task.error}`;
    const state = task.status === 'failed' || task.status === 'cancelled' ? task.status : `has not ended (${task.status})`;
    super('task_not_completed', `The task ${task.taskId} ${state === 'cancelled' ? 'was cancelled' : state}${why}`);
    this.task = task;
  }
}

/** Whether something thrown is an error of Carrel; with a code, whether it is that one. */
export function isCarrelError(error: unknown): error is CarrelError;
export function isCarrelError<Code extends ErrorCode>(error: unknown, code: Code): error is CarrelApiError & { readonly code: Code };
export function isCarrelError(error: unknown, code: 'profile_not_saved'): error is CarrelUnsavedError;
export function isCarrelError(error: unknown, code: 'task_not_completed'): error is CarrelTaskError;
export function isCarrelError<Code extends ClientErrorCode>(error: unknown, code: Code): error is CarrelError & { readonly code: Code };
export function isCarrelError(error: unknown, code?: ErrorCode | ClientErrorCode): boolean {
  return error instanceof CarrelError && (code === undefined || error.code === code);
}
