import type { NetworkRules } from '@carrel/protocol';
import type { EgressPolicy } from './policy.js';
import type { Target } from './target.js';
/** What one browser may connect to. Names are resolved here and nowhere else: whoever connects is given addresses. */
export declare class Gate {
    #private;
    constructor(policy: EgressPolicy, rules: NetworkRules, lookupTimeoutMs: number);
    /**
     * The addresses of a target, every one of them allowed: a single bad one refuses the name, since it is the page's name server that
     * chooses which of them is used.
     * @throws {EgressFailure} when a rule refuses it or the name has no address
     */
    addressesOf(target: Target, signal: AbortSignal): Promise<string[]>;
    /** The same for a connection that has been made. @throws {EgressFailure} when a rule refuses it now */
    checkConnected(address: string, target: Target): void;
    /**
     * Refuses a target of an upstream proxy, which resolves names by itself. Where a name resolves here too, its addresses must be allowed.
     * @throws {EgressFailure} when a rule refuses it
     */
    checkForUpstream(target: Target, signal: AbortSignal): Promise<void>;
    /**
     * The addresses of a proxy that the caller named: the server connects to it on the caller's behalf, so that it is no better than a page's
     * target. The browser's own rules are about pages and do not count.
     * @throws {EgressFailure} when it is not allowed or the name has no address
     */
    addressesOfProxy(target: Target, signal: AbortSignal): Promise<string[]>;
    /** The addresses of a proxy of the operator's, who may keep it on a private network. */
    addressesOfTrusted(target: Target, signal: AbortSignal): Promise<string[]>;
}
//# sourceMappingURL=gate.d.ts.map