import type { BrowserKind } from '@carrel/protocol';
export interface IsolationOptions {
    /** Directory for the browsers' own directories, made by `makeRunDirectory`. */
    runDirectory: string;
    executablePaths: Partial<Record<BrowserKind, string | undefined>>;
    /** Start Chromium without its own sandbox. */
    allowNoSandbox: boolean;
    limits: ResourceLimits;
}
/** What one browser may use of the machine. */
export interface ResourceLimits {
    /** Memory of all its processes, and of the files that it holds in memory, in bytes; at least 1 GiB, below which Chromium thrashes. */
    memoryBytes: number;
    /** Processes and threads; at least 300. */
    tasks: number;
    /** Time of the processors, in percent of one. */
    cpuPercent: number;
    /** What it may write to disk, in bytes. */
    diskBytes: number;
}
//# sourceMappingURL=options.d.ts.map