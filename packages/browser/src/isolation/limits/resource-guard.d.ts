import { type IsolationLevel } from '@carrel/protocol';
import type { BrowserDirectories, IsolationIncident } from '../isolation.js';
import type { ResourceLimits } from '../options.js';
import { type ControlGroup } from './cgroup.js';
import { DiskQuota } from './disk-quota.js';
import { Watchdog } from './watchdog.js';
/** What holds browsers to their limits on this machine. */
export interface MachineLimits {
    /** Versions of control groups that have a part in it; none, where this process may make none. */
    cgroupVersions: readonly (1 | 2)[];
    /** What the kernel does not limit, and what mends it; absent when it limits everything. */
    missing?: {
        reason: string;
        mend: string;
    };
}
/** Finds out what holds browsers of this process to their limits. */
export declare function tryLimits(level: IsolationLevel): Promise<MachineLimits>;
/** Holds the browsers of one run directory to what they may use of the machine. */
export declare class ResourceGuard {
    #private;
    private constructor();
    static create(runDirectory: string, limits: ResourceLimits): Promise<ResourceGuard>;
    /** What this machine's kernel does not limit, as sentences for the operator. `limitsTasks`: whether those of a browser are limited without control groups. */
    reasons(limitsTasks: boolean): string[];
    /** @throws {CarrelError} `launch_failed` */
    prepare(id: string): Promise<GuardedBrowser>;
}
/** The limits of one browser. */
export declare class GuardedBrowser {
    #private;
    constructor(group: ControlGroup, limits: ResourceLimits, watchdog: Watchdog, disk: DiskQuota);
    /** Its first process writes to these before anything of the browser runs. */
    get cgroupFiles(): string[];
    /** Watches over it from now on. `firstPid` is the process that all others descend from. */
    watch(firstPid: number, directories: BrowserDirectories, onIncident: (incident: IsolationIncident) => void): void;
    /** Stops its processes until what is returned is disposed of. @throws {CarrelError} `page_unresponsive` */
    freeze(): Promise<Disposable>;
    stop(): void;
    /** After its processes have ended. May be called more than once. */
    remove(): Promise<void>;
}
//# sourceMappingURL=resource-guard.d.ts.map