import { EgressFailure } from '@carrel/browser';
import { CarrelError } from '@carrel/protocol';
import type { DeliveryOutcome } from '../store/index.js';
import type { PostAnswer } from './post.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** The waits between attempts: 27 hours and a half in all. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  10 * HOUR_MS,
];
/** A receiver cannot put it off for longer. */
const MAX_RETRY_AFTER_MS = 10 * HOUR_MS;
/** Part of a wait that is added at random, so that what failed together is not tried together. */
const JITTER = 0.2;

/** What an attempt says of its delivery. */
export interface Verdict {
  readonly status: number | null;
  readonly error: string | null;
  readonly outcome: DeliveryOutcome;
}

/**
 * What an answer means.
 * @param retryMs the wait before the next attempt; undefined: this was the last
 */
export function judgeAnswer({ status, headers }: PostAnswer, retryMs: number | undefined): Verdict {
  if (status >= 200 && status < 300) return { status, error: null, outcome: 'delivered' };
  if (status === 410) {
    return { status, error: 'It answered 410 Gone: the webhook is disabled. Enable it when it is to be told again.', outcome: 'gone' };
  }
  const isRedirect = status >= 300 && status < 400;
  const error = isRedirect
    ? `It answered ${status}: redirects are not followed. Change the url of the webhook.`
    : `It answered ${status}; 2xx says that it was received.`;
  return { status, error, outcome: later(retryMs, retryAfterMs(headers['retry-after'])) };
}

/** What it means that there was no answer. */
export function judgeFailure(failure: unknown, retryMs: number | undefined): Verdict {
  const isRefused = failure instanceof EgressFailure && failure.isRefusal;
  return { status: null, error: describe(failure), outcome: isRefused ? 'failed' : later(retryMs, 0) };
}

/** The wait before the attempt after the one with this number, counted from 1; undefined: there is none. */
export function retryDelayMs(attempt: number, delaysMs: readonly number[]): number | undefined {
  const delayMs = delaysMs[attempt - 1];
  return delayMs === undefined ? undefined : delayMs * (1 + JITTER * Math.random());
}

const later = (retryMs: number | undefined, atLeastMs: number): DeliveryOutcome =>
  retryMs === undefined ? 'failed' : { retryAfterMs: Math.max(retryMs, atLeastMs) };

/** RFC 9110, section 10.2.3: seconds, or a date. */
function retryAfterMs(header: string | undefined): number {
  const asked = /^\d+$/.test(header ?? '') ? Number(header) * 1000 : Date.parse(header ?? '') - Date.now();
  return Number.isNaN(asked) ? 0 : Math.min(Math.max(asked, 0), MAX_RETRY_AFTER_MS);
}

/** Why a URL of a webhook leads nowhere that may be. */
export function describeRefusal({ code }: EgressFailure): string {
  if (code === 'name_not_resolved') return 'Its host name could not be resolved.';
  if (code === 'own_listener') return 'It leads to Carrel itself, which webhooks may not.';
  return 'It leads to an address that is not public. Use one that is, or ask the operator to allow it (CARREL_WEBHOOK_ALLOW).';
}

/** For the log of deliveries, which tenants read: nothing of where a name leads within the operator's network. */
function describe(failure: unknown): string {
  if (failure instanceof EgressFailure) return describeRefusal(failure);
  if (failure instanceof CarrelError) return failure.message;
  if (!(failure instanceof Error)) return String(failure);
  if (failure.name === 'TimeoutError') return 'It did not answer in time.';
  const { code, message } = failure as NodeJS.ErrnoException;
  if (code === 'HPE_HEADER_OVERFLOW') return 'The headers of its answer are too long.';
  if (code?.startsWith('HPE_')) return 'What it answered is not HTTP.';
  if (code === 'ECONNREFUSED') return 'It refused the connection.';
  return message === '' ? `The connection failed (${code}).` : `The connection failed: ${message}.`;
}
