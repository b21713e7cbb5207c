import type { BrowserDirectories } from '../isolation.js';
import type { SystemView } from './system-view.js';
export interface BubblewrapOptions {
    view: SystemView;
    /** The directories that the browser shares with the host; without them it has none. */
    directories: BrowserDirectories | undefined;
    environment: Readonly<Record<string, string>>;
    /** Small read-only files that only this sandbox has: their contents, by their paths in it. */
    files: Readonly<Record<string, string>>;
    /** Number of the file descriptor to which bubblewrap writes the pid of the sandbox's first process. */
    infoFd: number;
    /** Sizes of what lies in memory, in bytes. */
    temporaryBytes: number;
    sharedMemoryBytes: number;
    /** The filter of system calls, for seccomp(2). */
    seccompFilter: Uint8Array;
    /** What runs in the sandbox: the view's program, with these arguments. */
    args: readonly string[];
}
/**
 * The arguments of bubblewrap, and what it reads from the file descriptors that stand in them as `@0`, `@1`, …: the same options always give
 * the same. Mounts are made in their order, so that later ones lie over earlier ones.
 */
export declare function bubblewrapArguments(options: BubblewrapOptions): {
    args: string[];
    data: Uint8Array[];
};
//# sourceMappingURL=bubblewrap.d.ts.map