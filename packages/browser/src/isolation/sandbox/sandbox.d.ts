import type { BrowserKind } from '@carrel/protocol';
import { type ChromiumFacts } from '../../chromium/index.js';
import type { IsolatedBrowser, Isolation, LaunchRequest } from '../isolation.js';
import type { IsolationOptions } from '../options.js';
import { type SandboxTools } from './sandboxed-process.js';
/**
 * The level `sandbox`: bubblewrap round Chromium, whose own sandbox stays on inside. The browser has user, pid, network, mount, IPC, UTS and
 * cgroup namespaces of its own, sees its own directories and read-only libraries, fonts, certificates and zone data, holds no capability,
 * makes no system call that it does not need, and reaches nothing but its proxy.
 */
export declare class SandboxIsolation implements Isolation {
    #private;
    readonly level = "sandbox";
    readonly reasons: readonly string[];
    private constructor();
    /** With tools that were tried out (`tryTools`). */
    static create(options: IsolationOptions, tools: SandboxTools): Promise<SandboxIsolation>;
    chromium(kind: BrowserKind): Promise<ChromiumFacts>;
    launch(request: LaunchRequest): Promise<IsolatedBrowser>;
    sweep(): Promise<string[]>;
}
//# sourceMappingURL=sandbox.d.ts.map