import { type BrowserKind } from '@carrel/protocol';
import { Multiplexer } from '../cdp/index.js';
import { type IsolatedBrowser, type Isolation, type ResourceLimits } from '../isolation/index.js';
/** An isolation with directories of its own, which go with it. */
export interface TestIsolation extends AsyncDisposable {
    isolation: Isolation;
    runDirectory: string;
}
/** Plenty for a test. */
export declare const TEST_LIMITS: ResourceLimits;
export interface TestIsolationOptions {
    /** Instead of the Chromium of this machine. */
    executablePaths?: Partial<Record<BrowserKind, string>>;
    limits?: Partial<ResourceLimits>;
}
/** The level `process`, which also runs scripts in Chromium's place. */
export declare const testProcess: (executablePaths?: TestIsolationOptions["executablePaths"], limits?: Partial<ResourceLimits>) => Promise<TestIsolation>;
/** The level `sandbox`. */
export declare const testSandbox: ({ executablePaths, limits }?: TestIsolationOptions) => Promise<TestIsolation>;
/** A Chromium that runs, with the multiplexer on its pipe and nothing else. */
export interface RunningChromium extends AsyncDisposable {
    isolated: IsolatedBrowser;
    multiplexer: Multiplexer;
}
export declare function runChromium(options?: {
    kind?: BrowserKind;
    maxMessageBytes?: number;
}): Promise<RunningChromium>;
//# sourceMappingURL=launch.d.ts.map