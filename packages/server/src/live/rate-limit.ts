/** A mouse says something up to 1,000 times a second. */
const PER_SECOND = 1_500;
const AT_ONCE = 3_000;
const SECOND_MS = 1_000;

/** Tells when more comes than a person makes (a token bucket). */
export class RateLimit {
  #left = AT_ONCE;
  #at = performance.now();

  /** Whether this one more is within the limit. */
  take(): boolean {
    const now = performance.now();
    this.#left = Math.min(AT_ONCE, this.#left + ((now - this.#at) / SECOND_MS) * PER_SECOND);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
