import type { Deadline } from './deadline.js';
import type { TabState } from './tab.js';
/** How work on a page ended. */
export type Outcome<T> = {
    kind: 'done';
    value: T;
} | {
    kind: 'failed';
    error: unknown;
}
/** A dialog opened and the page stands still. */
 | {
    kind: 'dialog';
} | {
    kind: 'crashed';
} | {
    kind: 'closed';
} | {
    kind: 'timeout';
};
/**
 * Does work on a page and watches over it: returns as soon as the work is done or cannot be done any more, whichever is first. The signal
 * that the work gets fires then, so that nothing goes on behind the caller's back.
 * @throws the reason of `signal`, when the caller gives up
 */
export declare function attend<T>(tab: TabState, deadline: Deadline, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>>;
/** The error of a call that reads a page and could not. */
export declare function readingError(outcome: Exclude<Outcome<unknown>, {
    kind: 'done';
}>, tab: TabState, what: string, timeoutMs: number): unknown;
export declare const isTimeout: (error: unknown) => boolean;
export declare const firstLine: (error: unknown) => string;
//# sourceMappingURL=attend.d.ts.map