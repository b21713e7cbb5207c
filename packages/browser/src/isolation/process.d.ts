import { type BrowserKind } from '@carrel/protocol';
import { type ChromiumFacts } from '../chromium/index.js';
import type { IsolatedBrowser, Isolation, LaunchRequest } from './isolation.js';
import type { IsolationOptions } from './options.js';
export interface ProcessIsolationOptions extends IsolationOptions {
    /** Why there are no higher walls. */
    reasons?: readonly string[];
}
/**
 * The level `process`: an own process tree and user-data-dir, Chromium's own sandbox, the limits of what it may use, and as root an
 * unprivileged uid of its own.
 */
export declare class ProcessIsolation implements Isolation {
    #private;
    readonly level = "process";
    readonly reasons: readonly string[];
    private constructor();
    static create(options: ProcessIsolationOptions): Promise<ProcessIsolation>;
    chromium(kind: BrowserKind): Promise<ChromiumFacts>;
    launch(request: LaunchRequest): Promise<IsolatedBrowser>;
    sweep(): Promise<string[]>;
}
//# sourceMappingURL=process.d.ts.map