import type { Socket } from 'node:net';
import { type Address } from './addresses.js';
import { type Allowance } from './allowances.js';
import { type Resolve } from './resolver.js';
export interface EgressPolicyOptions {
    /** What pages may reach although it is not public; default: nothing. */
    allowances?: readonly Allowance[];
    /** Name servers to ask instead of the machine's own way to look up names. */
    nameServers?: readonly string[];
    /** Ranges of addresses that are this machine's without being an interface's, such as those that browsers leave from. */
    localRanges?: readonly Allowance[];
}
/** What the browsers of one server may connect to: everything public, what the operator allows, and never Carrel itself. */
export declare class EgressPolicy {
    #private;
    readonly resolve: Resolve;
    constructor({ allowances, nameServers, localRanges }?: EgressPolicyOptions);
    /** Lets pages reach something until this is disposed of. */
    allow(allowance: Allowance): Disposable;
    /** A port that Carrel listens on, at whatever address of this machine: refused even where an allowance has it. */
    addOwnPort(port: number): void;
    /** @throws {EgressFailure} `own_listener`, `address_not_public`; `named` is what the page asked for */
    checkAddress(address: Address, port: number, named: string): void;
    /** Remembers a connection out, so that a proxy of this policy knows it when it comes in. */
    registerDial(socket: Socket): void;
    /** Whether a connection to a proxy comes from a proxy of this policy: from a page, that is, which looks for another browser's proxy. */
    isOwnDial(socket: Socket): boolean;
}
//# sourceMappingURL=policy.d.ts.map