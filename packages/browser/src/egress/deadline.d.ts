/**
 * Waits for work until a deadline or a signal; the work itself may go on, and what comes of it is nobody's then.
 * @throws the signal's reason, or a `TimeoutError`
 */
export declare function withDeadline<T>(work: Promise<T>, timeoutMs: number, signal: AbortSignal): Promise<T>;
//# sourceMappingURL=deadline.d.ts.map