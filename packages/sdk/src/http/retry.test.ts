import { describe, expect, it } from 'vitest';
import { CarrelApiError, CarrelConnectionError, CarrelTimeoutError } from '../errors.js';
import type { ErrorCode } from '../generated/errors.js';
import { mayRetry, parseRetryAfterMs, retryDelayMs } from './retry.js';

const broken = new CarrelConnectionError('', { cause: undefined, isUnsent: false });
const refused = new CarrelConnectionError('', { cause: undefined, isUnsent: true });
const answered = (code: ErrorCode | 'unexpected_response', status: number, retryAfterMs?: number) =>
  new CarrelApiError(code, '', { status, ...(retryAfterMs !== undefined && { retryAfterMs }) });

describe('mayRetry', () => {
  it.each([
    ['a refused connection', refused, true, true],
    ['a broken connection', broken, true, false],
    ['a full project with Retry-After', answered('quota_exceeded', 429, 1000), true, true],
    ['a full project without', answered('quota_exceeded', 429), true, false],
    ['a failed launch with Retry-After', answered('launch_failed', 503, 1000), true, true],
    ['a failed launch without', answered('launch_failed', 503), false, false],
    ['a store that is away', answered('store_unavailable', 503), true, false],
    ['a store of profiles that is away', answered('profile_store_unavailable', 503), true, false],
    ['a store of profiles that is away for a time', answered('profile_store_unavailable', 503, 1000), true, true],
    ['a profile in use', answered('profile_locked', 409), false, false],
    ['a profile in use, with Retry-After', answered('profile_locked', 409, 1000), false, false],
    ['a profile that is too large', answered('profile_too_large', 413), false, false],
    ['a missing master key', answered('profile_key_missing', 503, 1000), false, false],
    ['a missing Chromium', answered('chromium_not_found', 503, 1000), false, false],
    ['a crashed browser', answered('browser_crashed', 502), false, false],
    ['a page that does not answer', answered('page_unresponsive', 504), false, false],
    ['a gateway that fails', answered('unexpected_response', 502), true, false],
    ['a page that is not ours', answered('unexpected_response', 404), false, false],
    ['a defect', answered('internal', 500), false, false],
    ['something missing', answered('not_found', 404), false, false],
    ['a timeout', new CarrelTimeoutError(''), false, false],
    ['anything else', new Error('x'), false, false],
  ])('should decide for %s', (_name, error, repeatable, other) => {
    expect(mayRetry(error, true)).toBe(repeatable);
    expect(mayRetry(error, false)).toBe(other);
  });
});

describe('retryDelayMs', () => {
  it('should never come back before the server said', () => {
    expect(retryDelayMs(1, 3000, () => 0)).toBe(3000);
    expect(retryDelayMs(1, 3000, () => 1)).toBeGreaterThan(3000);
  });

  it('should wait twice as long each time, up to a ceiling', () => {
    expect([1, 2, 3, 50].map((attempt) => retryDelayMs(attempt, undefined, () => 1))).toEqual([250, 500, 1000, 8000]);
    expect(retryDelayMs(1, undefined, () => 0)).toBe(125);
  });
});

describe('parseRetryAfterMs', () => {
  it('should read seconds and dates, and nothing else', () => {
    const now = Date.parse('2026-11-22T00:00:00Z');
    expect(parseRetryAfterMs('2', now)).toBe(2000);
    expect(parseRetryAfterMs('0', now)).toBe(0);
    expect(parseRetryAfterMs('Sun, 22 Nov 2026 00:00:05 GMT', now)).toBe(5000);
    expect(parseRetryAfterMs('Sun, 22 Nov 2026 00:00:05 GMT', now + 60_000)).toBe(0);
    for (const header of [null, '', ' ', 'soon', '-1']) expect(parseRetryAfterMs(header, now)).toBeUndefined();
  });
});
