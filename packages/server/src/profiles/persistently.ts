import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError } from '@carrel/protocol';

const MIN_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 2_000;

const AWAY: readonly string[] = ['store_unavailable', 'profile_store_unavailable'];

/**
 * Does something with the database or the store of archives, and again when that is away, for up to `forMs`; 0: once.
 * @throws what the last attempt threw
 */
export async function persistently<T>(forMs: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const deadline = performance.now() + forMs;
  for (let backoffMs = MIN_BACKOFF_MS; ; backoffMs = Math.min(MAX_BACKOFF_MS, backoffMs * 2)) {
    try {
      return await work();
    } catch (error) {
      const isAway = error instanceof CarrelError && AWAY.includes(error.code);
      if (!isAway || performance.now() + backoffMs > deadline) throw error;
      await delay(backoffMs, undefined, { ...(signal && { signal }) });
    }
  }
}
