import type { DomainPolicy } from '../decision.js';
/** What pages load, and what they store. */
export declare const NETWORK: Readonly<Record<string, DomainPolicy>>;
//# sourceMappingURL=network.d.ts.map