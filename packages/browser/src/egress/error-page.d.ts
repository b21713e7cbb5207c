import { type NetworkFailure } from '@carrel/protocol';
import type { EgressFailure } from './failure.js';
/** Says which rule or failure it was, to programs. No site can say so: its own header of this name is not passed on. */
export declare const FAILURE_HEADER = "x-carrel-network-failure";
/**
 * Why the proxy answered in place of a site; undefined when the site answered. Of plain HTTP only: of other answers it sees nothing.
 * @param headers by their names in lower case
 */
export declare function failureInAnswer(url: string, headers: Readonly<Record<string, string>>): NetworkFailure | undefined;
/** What a page sees instead of an answer. */
export declare function errorPage({ code, status, message, isRefusal }: EgressFailure): {
    status: number;
    headers: string[];
    body: string;
};
/** The answer to a CONNECT that was not granted; browsers show a page of their own for it. */
export declare function tunnelRefusal({ code, status, message }: EgressFailure): string;
//# sourceMappingURL=error-page.d.ts.map