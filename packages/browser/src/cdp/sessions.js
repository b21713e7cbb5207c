/** Which session belongs to whom. Sessions form a tree: one that ends takes those attached under it along. */
export class SessionTable {
    #entries = new Map();
    #children = new Map();
    get size() {
        return this.#entries.size;
    }
    get(id) {
        return this.#entries.get(id);
    }
    add(entry) {
        this.#entries.set(entry.id, entry);
        if (entry.parentId === '')
            return;
        const siblings = this.#children.get(entry.parentId) ?? new Set();
        siblings.add(entry.id);
        this.#children.set(entry.parentId, siblings);
    }
    /** Removes a session and all below it; returns their ids. */
    remove(id) {
        const entry = this.#entries.get(id);
        if (entry === undefined)
            return [];
        this.#children.get(entry.parentId)?.delete(id);
        const removed = [];
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
    ofTarget(targetId) {
        return [...this.#entries.values()].filter((entry) => entry.targetId === targetId).map((entry) => entry.id);
    }
}
//# sourceMappingURL=sessions.js.map