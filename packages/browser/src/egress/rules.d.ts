import { type NetworkRules } from '@carrel/protocol';
import { type Address } from './addresses.js';
import type { Target } from './target.js';
/** A host pattern of the contract (`isHostPattern`), ready to be matched. */
export declare class HostPattern {
    #private;
    /** @throws {TypeError} when it is none */
    constructor(text: string);
    matches({ host, port }: Target): boolean;
    /** Whether it is this very address, however the host was named. */
    isAddress(address: Address, port: number): boolean;
}
/** What one browser may reach, of what all may reach: `deny` wins over `allow`. */
export declare class Rules {
    #private;
    constructor({ allow, deny }?: NetworkRules);
    /** @throws {EgressFailure} `host_denied`, `host_not_allowed` */
    check(target: Target): void;
    /** A denied address cannot be reached by a name for it either. @throws {EgressFailure} `host_denied` */
    checkAddress(address: Address, { host, port }: Target): void;
}
//# sourceMappingURL=rules.d.ts.map