export { DEMO_ACCOUNT } from './visits.js';
export interface ShopOptions {
    /** Default: 127.0.0.1. */
    readonly host?: string;
    /** 0, the default: any free port. */
    readonly port?: number;
}
export interface Shop extends AsyncDisposable {
    /** Where it is, without a slash at the end: `http://127.0.0.1:7071`. */
    readonly url: string;
    /** Ends it; open connections are cut. */
    close(): Promise<void>;
}
/**
 * Starts Marginalia, a small bookshop with sign-in, search, a cart in localStorage and a checkout: something real to browse that needs
 * no network. What visitors do is kept in memory.
 *
 * @throws the error of `listen`, e.g. `EADDRINUSE` when the port is taken
 * @example
 * await using shop = await startShop();
 * console.log(shop.url);
 */
export declare function startShop({ host, port }?: ShopOptions): Promise<Shop>;
//# sourceMappingURL=index.d.ts.map