/** What a browser asked the network for: the last entries, and the sums. */
export class TrafficLog {
    #options;
    #entries = [];
    #count = 0;
    #refused = 0;
    #open = 0;
    constructor(options) {
        this.#options = options;
    }
    get totals() {
        return { requests: this.#count, refused: this.#refused, open: this.#open };
    }
    /** A request begins; call what is returned when it is over. Only the first call counts. */
    begin({ method, target, url }) {
        const startedAt = new Date();
        const from = performance.now();
        let isOver = false;
        this.#open++;
        return ({ status, failure, bytesIn, bytesOut }) => {
            if (isOver)
                return;
            isOver = true;
            this.#open--;
            const durationMs = Math.round((performance.now() - from) * 10) / 10;
            const where = { host: target?.host ?? '', port: target?.port ?? 0, url: this.#loggedUrl(url) };
            const when = { startedAt: startedAt.toISOString(), durationMs };
            this.#add({ id: ++this.#count, ...when, method, ...where, status, failure, bytesIn, bytesOut });
        };
    }
    /** Entries with an id larger than `after`, oldest first, as far as they are kept. */
    entries({ after, limit }) {
        const from = this.#entries.findIndex(({ id }) => id > after);
        return from === -1 ? [] : this.#entries.slice(from, from + limit);
    }
    /** Why the last request to a host that failed did so, as far as entries are kept. */
    lastFailure(host, port) {
        return this.#entries.findLast((entry) => entry.failure !== null && entry.host === host && entry.port === port)?.failure ?? undefined;
    }
    #add(entry) {
        if (entry.status === 403 && entry.failure !== null)
            this.#refused++;
        this.#entries.push(entry);
        if (this.#entries.length > this.#options.capacity)
            this.#entries.shift();
        this.#options.onEntry(entry);
    }
    #loggedUrl(url) {
        const { urls } = this.#options;
        if (url === undefined || urls === 'none')
            return null;
        return (url.origin + url.pathname + (urls === 'full' ? url.search : '')).slice(0, 2048);
    }
}
//# sourceMappingURL=traffic-log.js.map