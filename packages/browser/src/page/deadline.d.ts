/** The time by which an operation must be done. */
export declare class Deadline {
    #private;
    readonly timeoutMs: number;
    constructor(timeoutMs: number);
    /** Milliseconds left, never below 0. */
    get remainingMs(): number;
    /** What is left for a library to which 0 means "no timeout". */
    get remainingOrOneMs(): number;
}
//# sourceMappingURL=deadline.d.ts.map