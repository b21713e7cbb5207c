import { type DomainPolicy } from '../decision.js';
/** The browser, its targets, and what it has in common with the host. */
export declare const BROWSER: Readonly<Record<string, DomainPolicy>>;
//# sourceMappingURL=browser.d.ts.map