import type { BrowserKind } from '@carrel/protocol';
export interface FlagOptions {
    kind: BrowserKind;
    /** Absolute path of the browser's own user-data-dir. */
    userDataDir: string;
    /** Size of the window, in CSS pixels. */
    windowSize: {
        width: number;
        height: number;
    };
    /** Run without Chromium's own sandbox. Only when the operator asked for it by name. */
    noSandbox: boolean;
    /** Whether /dev/shm is large enough for Chromium. */
    hasSharedMemory: boolean;
    /** The browser's own proxy listens here, on 127.0.0.1 as the browser sees it. */
    proxyPort: number;
    /** Further switches, of the browser's identity. */
    flags?: readonly string[];
}
/** The command line of a browser: the same options always give the same flags. */
export declare function chromiumFlags(options: FlagOptions): string[];
//# sourceMappingURL=flags.d.ts.map