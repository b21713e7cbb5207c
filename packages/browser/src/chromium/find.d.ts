import { type BrowserKind } from '@carrel/protocol';
export interface FindOptions {
    /** Use this executable and no other. */
    executablePath?: string | undefined;
    /** Environment to read `PLAYWRIGHT_BROWSERS_PATH` and `HOME` from. */
    env?: NodeJS.ProcessEnv;
    /** Where packages put the program, by kind; default: what the usual distributions do. */
    systemPaths?: Readonly<Record<BrowserKind, readonly string[]>>;
}
export interface FoundChromium {
    kind: BrowserKind;
    /** Absolute path of the program itself, never of a wrapper script. */
    executablePath: string;
    /** Which rule found it. */
    source: 'setting' | 'system' | 'playwright';
}
/** How to get a Chromium of this kind, in commands to paste. */
export declare function howToInstall(kind: BrowserKind): string;
/**
 * Finds the Chromium of a kind: the setting, then the usual places, then Playwright's cache (newest first).
 * @throws {CarrelError} `chromium_not_found`, with what to do
 */
export declare function findChromium(kind: BrowserKind, options?: FindOptions): Promise<FoundChromium>;
//# sourceMappingURL=find.d.ts.map