/** @throws {CarrelError} `invalid_request` when this is not a plain file name */
export declare function checkedName(name: string): string;
/**
 * A plain file name made from what a page suggests. Letters of any script stay; separators, control characters and the invisible characters
 * that reverse text do not: with them `exe.gpj` reads as `jpg.exe`.
 */
export declare function safeName(suggested: string): string;
/** A name that is not taken: `a.txt`, `a (1).txt`, `a (2).txt`, … */
export declare function freeName(wanted: string, isTaken: (name: string) => boolean): string;
//# sourceMappingURL=names.d.ts.map