/** On its way at once: one is drawn there while the next one travels. */
const MAX_UNACKNOWLEDGED = 2;
const WEIGHT = 0.2;

/** Which frames a watcher has acknowledged, and how long that takes. */
export class AcknowledgedFrames {
  #sequence = 0;
  /** When frames were sent that are not acknowledged yet, by their number. */
  readonly #sentAt = new Map<number, number>();
  #latencyMs: number | null = null;

  /** Whether another may be sent. */
  get areTaken(): boolean {
    return this.#sentAt.size < MAX_UNACKNOWLEDGED;
  }

  /** From a frame that was sent to its acknowledgement, of late; null: none was acknowledged yet. */
  get latencyMs(): number | null {
    return this.#latencyMs === null ? null : Math.round(this.#latencyMs);
  }

  /** @returns the number of a frame that is sent now */
  sent(): number {
    this.#sequence += 1;
    this.#sentAt.set(this.#sequence, performance.now());
    return this.#sequence;
  }

  /** Whoever has seen a frame has seen those before it. */
  acknowledge(sequence: number): void {
    const sentAt = this.#sentAt.get(sequence);
    if (sentAt !== undefined) {
      const ms = performance.now() - sentAt;
      this.#latencyMs = this.#latencyMs === null ? ms : this.#latencyMs + WEIGHT * (ms - this.#latencyMs);
    }
    for (const earlier of [...this.#sentAt.keys()]) if (earlier <= sequence) this.#sentAt.delete(earlier);
  }
}
