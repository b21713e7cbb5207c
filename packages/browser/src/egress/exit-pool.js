import { createHash } from 'node:crypto';
import { UpstreamProxy } from './upstream-proxy.js';
/** A browser is given this many to go on to; when so many are dead, the trouble is another one. */
const MAX_CHOICES = 5;
/** The operator's proxies. */
export class ExitPool {
    #proxies;
    /** @throws {TypeError} when the URL of an entry is none */
    constructor(entries) {
        this.#proxies = entries.map((entry) => ({ proxy: UpstreamProxy.ofPool(entry), url: entry.url }));
    }
    get isEmpty() {
        return this.#proxies.length === 0;
    }
    /**
     * The proxies for a browser, the one to use first. The same key is always given the same order, and when proxies come or go, only the keys
     * that had those change: weighted rendezvous hashing (Schindelhauer and Schomaker 2005, "Weighted distributed hash tables").
     *
     * @param key what is to keep its exit, e.g. a browser
     * @param country ISO 3166-1, two letters; only proxies there
     * @returns none when the pool has none such
     */
    choose({ key, country }) {
        const wanted = country?.toUpperCase();
        return this.#proxies
            .filter(({ proxy }) => wanted === undefined || proxy.info.country === wanted)
            .map(({ proxy, url }) => ({ proxy, score: -proxy.weight / Math.log(fraction(`${key} ${url}`)) }))
            .sort((a, b) => b.score - a.score)
            .slice(0, MAX_CHOICES)
            .map(({ proxy }) => proxy);
    }
}
/** A number above 0 and below 1 that a text always has. */
function fraction(text) {
    const bits = createHash('sha256').update(text).digest().readUIntBE(0, 6);
    return (bits + 1) / (2 ** 48 + 2);
}
//# sourceMappingURL=exit-pool.js.map