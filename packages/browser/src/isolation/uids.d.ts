/** Hands out an unprivileged uid for each browser, so that the kernel keeps browsers apart like it keeps people apart. */
export declare class UidAllocator {
    #private;
    private constructor();
    /** For this process, or undefined when it may not change uids (it is not root). */
    static create(): Promise<UidAllocator | undefined>;
    /** A uid that no process of this machine runs under. */
    take(): number;
    release(uid: number): void;
    /** Whether a uid is one that an allocator hands out. */
    static isOurs(uid: number): boolean;
}
//# sourceMappingURL=uids.d.ts.map