import type { BrowserDirectories, LaunchRequest } from './isolation.js';
/** The directory of one browser, with those that it shares with the host in it. */
export interface BrowserHome {
    /** Ours: a compromised browser cannot put a link in the place of a directory in it that we read. */
    readonly path: string;
    readonly directories: BrowserDirectories;
    /** The browser's temporary directory, where it has no private one. */
    readonly temporary: string;
}
/** Makes the directories of a browser, those that it writes to as `uid`'s. */
export declare function makeHome(path: string, uid: number | undefined, fillProfile?: LaunchRequest['fillProfile']): Promise<BrowserHome>;
/** Removes the directories of a browser, whatever it has made of those that it may write to. */
export declare function removeHome(path: string): Promise<void>;
//# sourceMappingURL=directories.d.ts.map