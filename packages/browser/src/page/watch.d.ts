/** Wakes those who wait for a condition whenever what it looks at may have changed. */
export declare class Watch {
    #private;
    /** To be called after every change. */
    notify(): void;
    /** Resolves with true as soon as the condition holds; with false when `timeoutMs` is over or `signal` fires before. Never rejects. */
    until(condition: () => boolean, options?: {
        timeoutMs?: number;
        signal?: AbortSignal;
    }): Promise<boolean>;
}
//# sourceMappingURL=watch.d.ts.map