/** What a browser leaves from until it is disposed of: at most one address of each family. */
export interface LocalAddressLease extends Disposable {
    readonly addresses: readonly string[];
}
/**
 * The local addresses that browsers leave from (`CARREL_EGRESS_ADDRESSES`): each browser gets one of each family that is there, the one with
 * the fewest browsers; of an IPv6 prefix one that no other browser has. The machine must be able to bind them: for a prefix that is routed
 * to it, `ip -6 route add local <prefix> dev lo` makes all of its addresses the machine's.
 */
export declare class LocalAddresses {
    #private;
    /** @param texts addresses and IPv6 prefixes, as `isLocalAddress` of the contract knows them */
    constructor(texts: readonly string[]);
    take(): LocalAddressLease;
}
//# sourceMappingURL=local-addresses.d.ts.map