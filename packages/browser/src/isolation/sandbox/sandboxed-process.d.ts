import { ChromiumProcess, type ProcessExit } from '../../chromium/index.js';
import type { BrowserDirectories, LaunchRequest } from '../isolation.js';
import { NamespaceInit } from './namespace-init.js';
import type { Architecture } from './syscalls.js';
import type { SystemView } from './system-view.js';
/** What is to run, and behind which walls. */
export interface SandboxSpec {
    tools: SandboxTools;
    view: SystemView;
    args: readonly string[];
    environment: Readonly<Record<string, string>>;
    /** Small read-only files of its own: their contents, by their paths in the sandbox. */
    files?: Readonly<Record<string, string>>;
    /** Shared with the host; none, when absent. */
    directories?: BrowserDirectories;
    /** The browser's own uid outside; undefined when it runs as we do. */
    uid: number | undefined;
    limits: SandboxLimits;
    /** `cgroup.procs` files of the control groups to run in. */
    cgroupFiles: readonly string[];
    acceptEgress: LaunchRequest['acceptEgress'];
}
/** Sizes in bytes. */
export interface SandboxLimits {
    temporaryBytes: number;
    sharedMemoryBytes: number;
    /** Of one file. */
    maxFileBytes: number;
    /** Tasks of the browser's own uid, threads too. */
    maxTasks: number;
}
/** The programs that build the walls: absolute paths. */
export interface SandboxTools {
    perl: string;
    bubblewrap: string;
    architecture: Architecture;
}
/** A program in a sandbox of its own, and the connections that it makes to its proxy. */
export declare class SandboxedProcess {
    #private;
    readonly process: ChromiumProcess;
    /** How the program ended, not what walls it in. Never rejects. */
    readonly exited: Promise<ProcessExit>;
    /** The first process of the pid namespace: all others end with it. */
    readonly init: NamespaceInit;
    private constructor();
    /**
     * Resolves when the walls stand; the program has only begun to start then.
     * @throws {CarrelError} `launch_failed` when they cannot be built
     */
    static start(spec: SandboxSpec): Promise<SandboxedProcess>;
    /** Ends everything in the sandbox at once and resolves when nothing of it is left. May be called more than once. */
    kill(): Promise<void>;
}
//# sourceMappingURL=sandboxed-process.d.ts.map