import type { PoolEntry } from '@carrel/protocol';
import { UpstreamProxy } from './upstream-proxy.js';
/** The operator's proxies. */
export declare class ExitPool {
    #private;
    /** @throws {TypeError} when the URL of an entry is none */
    constructor(entries: readonly PoolEntry[]);
    get isEmpty(): boolean;
    /**
     * The proxies for a browser, the one to use first. The same key is always given the same order, and when proxies come or go, only the keys
     * that had those change: weighted rendezvous hashing (Schindelhauer and Schomaker 2005, "Weighted distributed hash tables").
     *
     * @param key what is to keep its exit, e.g. a browser
     * @param country ISO 3166-1, two letters; only proxies there
     * @returns none when the pool has none such
     */
    choose({ key, country }: {
        key: string;
        country?: string;
    }): UpstreamProxy[];
}
//# sourceMappingURL=exit-pool.d.ts.map