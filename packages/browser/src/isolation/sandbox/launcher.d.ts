import { type Architecture } from './syscalls.js';
/** The port of the browser's proxy, on 127.0.0.1 of its network namespace. */
export declare const EGRESS_PORT = 3128;
/** How the launcher ends when it cannot do its part; what follows it never ends so. */
export declare const LAUNCHER_FAILED = 125;
export declare const LAUNCHER_COMPLAINT = "carrel-launcher: ";
/** What the launcher is told. */
export interface LauncherOptions {
    architecture: Architecture;
    /** Pid of the process that starts it: when that is dead, nothing is to be started any more. */
    parentPid: number;
    /** Number of the file descriptor of Node's IPC channel. */
    channelFd: number;
    /** Number of the further file descriptor that the command needs. All others but the first five are closed. */
    infoFd: number;
    /** The browser's own uid, as which the rest runs; without it, the rest runs as whoever starts it. */
    uid: number | undefined;
    /** How large a file may become, in bytes. */
    maxFileBytes: number;
    /** How many tasks the browser may have. */
    maxTasks: number;
    /** `cgroup.procs` files of the control groups that it joins, before anything of the browser runs. */
    cgroupFiles: readonly string[];
    /** What the command reads, from file descriptors that stand in its arguments as `@0`, `@1`, …; at most 64 KiB each. */
    data: readonly Uint8Array[];
    command: readonly string[];
}
/** The command line of the launcher, for `perl`. */
export declare function launcherArguments(options: LauncherOptions): string[];
//# sourceMappingURL=launcher.d.ts.map