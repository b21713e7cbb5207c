/**
 * Ends and deletes what an earlier server with the same run directory left behind, whichever walls it had built: browsers' processes, the
 * walls' own, directories and control groups. Returns the browsers' ids.
 */
export declare function sweepRunDirectory(runDirectory: string): Promise<string[]>;
//# sourceMappingURL=sweep.d.ts.map