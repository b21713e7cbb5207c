import type { DomainPolicy } from '../decision.js';
/** What scripts do, and how well: nothing here reaches further than the page it is asked of. */
export declare const INSPECTION: Readonly<Record<string, DomainPolicy>>;
//# sourceMappingURL=inspection.d.ts.map