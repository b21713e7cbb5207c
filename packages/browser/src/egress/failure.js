import { NETWORK_FAILURES } from '@carrel/protocol';
/** A request of a page that is refused or has failed. The message is for whoever reads the page that stands in for the answer. */
export class EgressFailure extends Error {
    name = 'EgressFailure';
    code;
    constructor(code, message, options = {}) {
        super(message, options);
        this.code = code;
    }
    get status() {
        return NETWORK_FAILURES[this.code].status;
    }
    /** A rule forbids it; trying again is no use. */
    get isRefusal() {
        return this.status === 403;
    }
}
/** What broke, as a failure. */
export function toFailure(error) {
    if (error instanceof EgressFailure)
        return error;
    const message = error instanceof Error ? error.message : String(error);
    return new EgressFailure('unreachable', `The connection failed: ${message}.`, { cause: error });
}
//# sourceMappingURL=failure.js.map