/** Where somebody has pressed, or moved the pointer to, in CSS pixels of the viewport. */
export interface Pointed {
  tabId: string;
  x: number;
  y: number;
  kind: 'move' | 'click';
  by: 'agent' | 'person';
}

/** Tells those who watch where the pointer is, which a screencast does not show. */
export class PointerTrail {
  readonly #listeners = new Set<(pointed: Pointed) => void>();

  /** Whether anybody wants to know. */
  get isFollowed(): boolean {
    return this.#listeners.size > 0;
  }

  tell(pointed: Pointed): void {
    for (const listener of this.#listeners) listener(pointed);
  }

  /** Returns how to stop. */
  on(listener: (pointed: Pointed) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
