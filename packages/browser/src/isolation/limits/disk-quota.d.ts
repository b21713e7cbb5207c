export interface QuotaHolder {
    /** Directories that the browser can write to; absolute paths. */
    directories: readonly string[];
    maxBytes: number;
    /** Its processes: files that they have deleted, but hold open, count too. */
    members: () => number[];
    /** Told once. */
    onExceeded: (usedBytes: number) => void;
}
/**
 * Looks after what browsers write to disk. The kernel's own quotas need file systems that few machines have mounted for them, and a file
 * system in memory of the size that pages may fill would take that memory from them; so this counts. How much is free on the disk is one
 * system call for all browsers together, and says when to count the files of each.
 */
export declare class DiskQuota {
    #private;
    constructor(runDirectory: string);
    /** Watches a browser until what is returned is called. */
    watch(holder: QuotaHolder): () => void;
}
//# sourceMappingURL=disk-quota.d.ts.map