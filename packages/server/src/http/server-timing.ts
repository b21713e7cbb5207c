/** What of an answer took how long, for the `Server-Timing` header (https://www.w3.org/TR/server-timing/). */
export class ServerTiming {
  readonly #phases: string[] = [];
  #markedAt = performance.now();

  /** What was done since the last mark, or since the request came, was this. @param phase a token of RFC 9110 */
  mark(phase: string): void {
    const now = performance.now();
    this.#phases.push(`${phase};dur=${(now - this.#markedAt).toFixed(2)}`);
    this.#markedAt = now;
  }

  /** The header's value: each phase with its ms, in their order. */
  toString(): string {
    return this.#phases.join(', ');
  }
}
