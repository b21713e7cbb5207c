import { CarrelApiError, CarrelConnectionError } from '../errors.js';

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 8_000;

/** Codes of answers that say "not now": another try may well succeed. */
const NOT_NOW: ReadonlySet<string> = new Set([
  'quota_exceeded',
  'queue_full',
  'overloaded',
  'store_unavailable',
  'profile_store_unavailable',
  'shutting_down',
  'idempotency_key_in_use',
]);
/** Codes of answers that stay the same however long one waits, until somebody mends the server. */
const NOT_YET: ReadonlySet<string> = new Set(['chromium_not_found', 'profile_key_missing']);
/** Statuses that a proxy before the server gives when it is the one that fails. */
const PROXY_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Whether to try a failed call again.
 *
 * A call that may be repeated without harm is, after a broken connection or an answer that says "not now". Any other is only where it
 * is certain that nothing was done: the connection was refused, or the server turned the request away with a time to come back.
 */
export function mayRetry(error: unknown, isRepeatable: boolean): boolean {
  if (error instanceof CarrelConnectionError) return isRepeatable || error.isUnsent;
  if (!(error instanceof CarrelApiError) || NOT_YET.has(error.code)) return false;
  const wasTurnedAway = (error.status === 429 || error.status === 503) && error.retryAfterMs !== undefined;
  if (wasTurnedAway) return true;
  if (!isRepeatable) return false;
  return NOT_NOW.has(error.code) || (error.code === 'unexpected_response' && PROXY_STATUSES.has(error.status));
}

/**
 * How long to wait before try number `attempt` + 1, in milliseconds: what the server asked for, else twice as long each time; with
 * jitter, so that many clients turned away together do not come back together.
 */
export function retryDelayMs(attempt: number, retryAfterMs: number | undefined, random: () => number = Math.random): number {
  if (retryAfterMs !== undefined) return retryAfterMs + random() * FIRST_DELAY_MS;
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return ceiling / 2 + (random() * ceiling) / 2;
}

/** Reads a `Retry-After` header (seconds, or an HTTP date; RFC 9110 §10.2.3) as milliseconds from now. */
export function parseRetryAfterMs(header: string | null, nowMs: number = Date.now()): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
