import { type Address } from './addresses.js';
/** Addresses that pages may reach although they are not public: the operator's decision. */
export interface Allowance {
    readonly network: Address;
    readonly prefixBits: number;
    /** Null: every port. */
    readonly port: number | null;
}
/** Reads one allowance (`readAllowance` of the contract says how they are written). Undefined when it is none. */
export declare function parseAllowance(text: string): Allowance | undefined;
/** Whether an allowance is for this address and port. */
export declare function permits({ network, prefixBits, port: allowed }: Allowance, address: Address, port: number): boolean;
//# sourceMappingURL=allowances.d.ts.map