/** Wakes those who wait for a condition whenever what it looks at may have changed. */
export class Watch {
  readonly #checks = new Set<() => void>();

  /** To be called after every change. */
  notify(): void {
    for (const check of [...this.#checks]) check();
  }

  /** Calls back after every change; returns how to stop. */
  on(listener: () => void): () => void {
    this.#checks.add(listener);
    return () => this.#checks.delete(listener);
  }

  /** Resolves with true as soon as the condition holds; with false when `timeoutMs` is over or `signal` fires before. Never rejects. */
  until(condition: () => boolean, options: { timeoutMs?: number; signal?: AbortSignal } = {}): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    if (options.signal?.aborted === true || options.timeoutMs === 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const end = (result: boolean) => {
        this.#checks.delete(check);
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', giveUp);
        resolve(result);
      };
      const check = () => {
        if (condition()) end(true);
      };
      const giveUp = () => end(false);
      const timer = options.timeoutMs === undefined ? undefined : setTimeout(giveUp, options.timeoutMs);
      options.signal?.addEventListener('abort', giveUp, { once: true });
      this.#checks.add(check);
    });
  }
}
