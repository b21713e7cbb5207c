import { type NetworkFailure } from '@carrel/protocol';
/** A request of a page that is refused or has failed. The message is for whoever reads the page that stands in for the answer. */
export declare class EgressFailure extends Error {
    readonly name = "EgressFailure";
    readonly code: NetworkFailure;
    constructor(code: NetworkFailure, message: string, options?: {
        cause?: unknown;
    });
    get status(): number;
    /** A rule forbids it; trying again is no use. */
    get isRefusal(): boolean;
}
/** What broke, as a failure. */
export declare function toFailure(error: unknown): EgressFailure;
//# sourceMappingURL=failure.d.ts.map