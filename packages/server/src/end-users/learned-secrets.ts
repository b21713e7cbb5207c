import type { Redactor, Secret } from './redact.js';

const MAX_CHARS = 1_000_000;

/**
 * Secrets that come up in a turn, up to a limit: a site that makes new ones all the time has only itself to blame when later ones are not
 * taken out.
 */
export class LearnedSecrets {
  readonly #redactor: Redactor;
  readonly #max: number;
  readonly #known = new Set<string>();
  #chars = 0;

  constructor(redactor: Redactor, max: number) {
    this.#redactor = redactor;
    this.#max = max;
  }

  add(secrets: Iterable<Secret>): void {
    for (const secret of secrets) {
      if (this.#known.has(secret.value)) continue;
      this.#chars += secret.value.length;
      if (this.#known.size >= this.#max || this.#chars > MAX_CHARS) return;
      this.#known.add(secret.value);
      this.#redactor.add(secret);
    }
  }
}
