import { type DomainPolicy } from '../decision.js';
/** What is in a page, and what is done to it. */
export declare const PAGE: Readonly<Record<string, DomainPolicy>>;
//# sourceMappingURL=page.d.ts.map