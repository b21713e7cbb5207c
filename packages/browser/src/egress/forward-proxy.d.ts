import type { Socket } from 'node:net';
import { type NetworkExit, type NetworkFailure, type NetworkRequest, type NetworkRules, type NetworkTotals } from '@carrel/protocol';
import { EgressFailure } from './failure.js';
import type { EgressPolicy } from './policy.js';
import { type LoggedUrl } from './traffic-log.js';
import type { UpstreamProxy } from './upstream-proxy.js';
export interface ForwardProxyOptions {
    policy: EgressPolicy;
    /** What this browser may reach of what the policy lets all reach. */
    rules?: NetworkRules;
    /** The proxies to leave by, in the order in which they are to be tried; none: directly. */
    upstreams?: readonly UpstreamProxy[];
    /** Local addresses to leave from, at most one of each family; none: what the machine chooses. */
    localAddresses?: readonly string[];
    /** How much of the URLs of plain HTTP is in the entries; default `none`. */
    loggedUrls?: LoggedUrl;
    /** How many of the last entries are kept; default 1,000. */
    logCapacity?: number;
    timeouts?: Partial<EgressTimeouts>;
    /** Told of every request, tunnel and refusal when it is over. */
    onRequest?: (entry: NetworkRequest) => void;
    /** Told when the browser leaves by another exit from now on, and why. */
    onExitChanged?: (exit: NetworkExit, failure: EgressFailure) => void;
}
/** All in ms. */
export interface EgressTimeouts {
    /** To look up a name. */
    lookupMs: number;
    /** To make a connection, and again for what an upstream proxy has to do then. */
    connectMs: number;
    /** From a request until the headers of its answer, without a byte. */
    responseMs: number;
    /** Of a tunnel or an answer, without a byte. */
    idleMs: number;
}
/**
 * The only way out of one browser: an HTTP proxy for that browser alone. It never listens: `accept` is given each connection that the
 * browser makes.
 */
export declare class ForwardProxy implements Disposable {
    #private;
    constructor(options: ForwardProxyOptions);
    /** Where the browser leaves. */
    get exit(): NetworkExit;
    get totals(): NetworkTotals;
    /** Entries with an id larger than `after`, oldest first, as far as they are kept. */
    entries(query: {
        after: number;
        limit: number;
    }): NetworkRequest[];
    /** Why the last tunnel or request to where a URL points that failed did so, as far as entries are kept. */
    lastFailure({ hostname, port, protocol }: URL): NetworkFailure | undefined;
    /** Takes a connection that the browser has made to its proxy. */
    accept(socket: Socket): void;
    /** Closes everything, in both directions. */
    [Symbol.dispose](): void;
}
//# sourceMappingURL=forward-proxy.d.ts.map