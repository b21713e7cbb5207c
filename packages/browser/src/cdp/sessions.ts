/** A CDP session and who it belongs to. */
export interface Session<Owner> {
  readonly id: string;
  readonly owner: Owner;
  /** Empty for a client's root session. */
  readonly parentId: string;
  readonly targetId: string;
  /** Our ids of the calls that Chromium has not answered yet. */
  readonly calls: Set<number>;
}

/** Which session belongs to whom. Sessions form a tree: one that ends takes those attached under it along. */
export class SessionTable<Owner> {
  readonly #sessions = new Map<string, Session<Owner>>();
  readonly #children = new Map<string, Set<string>>();

  get(id: string): Session<Owner> | undefined {
    return this.#sessions.get(id);
  }

  add(about: Omit<Session<Owner>, 'calls'>): Session<Owner> {
    const session = { ...about, calls: new Set<number>() };
    this.#sessions.set(session.id, session);
    if (session.parentId !== '') {
      const siblings = this.#children.get(session.parentId) ?? new Set();
      siblings.add(session.id);
      this.#children.set(session.parentId, siblings);
    }
    return session;
  }

  /** Removes a session and all below it, and returns them. */
  remove(id: string): Session<Owner>[] {
    const session = this.#sessions.get(id);
    if (session === undefined) return [];
    this.#children.get(session.parentId)?.delete(id);
    const removed: Session<Owner>[] = [];
    const queue = [id];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const below = this.#sessions.get(next);
      if (below !== undefined) removed.push(below);
      queue.push(...(this.#children.get(next) ?? []));
      this.#children.delete(next);
      this.#sessions.delete(next);
    }
    return removed;
  }

  /** All sessions attached to a target, whoever attached them. */
  ofTarget(targetId: string): Session<Owner>[] {
    return [...this.#sessions.values()].filter((session) => session.targetId === targetId);
  }
}
