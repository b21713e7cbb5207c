/** A CDP session and who it belongs to. */
export interface SessionEntry<Owner> {
  readonly id: string;
  readonly owner: Owner;
  /** Empty for a client's root session. */
  readonly parentId: string;
  readonly targetId: string;
}

/** Which session belongs to whom. Sessions form a tree: one that ends takes those attached under it along. */
export class SessionTable<Owner> {
  readonly #entries = new Map<string, SessionEntry<Owner>>();
  readonly #children = new Map<string, Set<string>>();

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): SessionEntry<Owner> | undefined {
    return this.#entries.get(id);
  }

  add(entry: SessionEntry<Owner>): void {
    this.#entries.set(entry.id, entry);
    if (entry.parentId === '') return;
    const siblings = this.#children.get(entry.parentId) ?? new Set();
    siblings.add(entry.id);
    this.#children.set(entry.parentId, siblings);
  }

  /** Removes a session and all below it; returns their ids. */
  remove(id: string): string[] {
    const entry = this.#entries.get(id);
    if (entry === undefined) return [];
    this.#children.get(entry.parentId)?.delete(id);
    const removed: string[] = [];
    const queue = [id];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      removed.push(next);
      queue.push(...(this.#children.get(next) ?? []));
      this.#children.delete(next);
      this.#entries.delete(next);
    }
    return removed;
  }

  /** Ids of all sessions attached to a target, whoever attached them. */
  ofTarget(targetId: string): string[] {
    return [...this.#entries.values()].filter((entry) => entry.targetId === targetId).map((entry) => entry.id);
  }
}
