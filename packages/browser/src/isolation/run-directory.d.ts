/**
 * Makes the directory that holds the directories of running browsers, one for each data directory, and returns its path.
 *
 * It is `<dataDir>/run` where that can be used. Browsers with uids of their own cannot enter a directory below a closed parent (a home or
 * temporary directory of mode 0700), so that it then goes to the first place that everybody may pass through, under a name made from the
 * data directory's path: the next server of this data directory finds what a dead one left, and no other's.
 */
export declare function makeRunDirectory(dataDir: string, options: {
    othersMustEnter: boolean;
}): Promise<string>;
/** Whether a uid other than the owners' may pass through a directory and all its parents. */
export declare function canOthersEnter(path: string): Promise<boolean>;
//# sourceMappingURL=run-directory.d.ts.map