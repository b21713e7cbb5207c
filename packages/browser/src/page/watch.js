/** Wakes those who wait for a condition whenever what it looks at may have changed. */
export class Watch {
    #checks = new Set();
    /** To be called after every change. */
    notify() {
        for (const check of [...this.#checks])
            check();
    }
    /** Resolves with true as soon as the condition holds; with false when `timeoutMs` is over or `signal` fires before. Never rejects. */
    until(condition, options = {}) {
        if (condition())
            return Promise.resolve(true);
        if (options.signal?.aborted === true || options.timeoutMs === 0)
            return Promise.resolve(false);
        return new Promise((resolve) => {
            const end = (result) => {
                this.#checks.delete(check);
                clearTimeout(timer);
                options.signal?.removeEventListener('abort', giveUp);
                resolve(result);
            };
            const check = () => {
                if (condition())
                    end(true);
            };
            const giveUp = () => end(false);
            const timer = options.timeoutMs === undefined ? undefined : setTimeout(giveUp, options.timeoutMs);
            options.signal?.addEventListener('abort', giveUp, { once: true });
            this.#checks.add(check);
        });
    }
}
//# sourceMappingURL=watch.js.map