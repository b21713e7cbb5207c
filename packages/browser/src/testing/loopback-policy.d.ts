import { type Allowance, EgressPolicy, type EgressPolicyOptions } from '../egress/index.js';
/** Allowances from how an operator writes them. */
export declare function allowances(...texts: string[]): Allowance[];
/** Lets browsers reach the sites that tests have on this machine. */
export declare const loopbackPolicy: (options?: Omit<EgressPolicyOptions, "allowances">) => EgressPolicy;
//# sourceMappingURL=loopback-policy.d.ts.map