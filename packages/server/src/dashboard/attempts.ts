import { CarrelError } from '@carrel/protocol';
import { LRUCache } from 'lru-cache';

const WINDOW_MS = 60_000;
/** Of one address in a minute: more than anybody mistypes, and next to nothing against a key that an operator chose themselves. */
const MAX_FAILURES = 20;
const MAX_ADDRESSES = 10_000;

/** Counts the attempts to sign in that failed, and has whoever makes too many wait. */
export class Attempts {
  readonly #failures = new LRUCache<string, number>({ max: MAX_ADDRESSES, ttl: WINDOW_MS, noUpdateTTL: true });

  /** @throws {CarrelError} `too_many_attempts` */
  check(address: string): void {
    if ((this.#failures.get(address) ?? 0) < MAX_FAILURES) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(this.#failures.getRemainingTTL(address) / 1000));
    throw new CarrelError('too_many_attempts', `Too many attempts to sign in failed. Try again in ${retryAfterSeconds} s.`, {
      details: { retryAfterSeconds },
    });
  }

  noteFailure(address: string): void {
    this.#failures.set(address, (this.#failures.get(address) ?? 0) + 1);
  }
}
