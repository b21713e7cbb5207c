import { type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
export interface SpawnOptions {
    command: string;
    args: readonly string[];
    env: Record<string, string>;
    cwd: string;
    /** Pipes, or Node's own channel, for what comes between us and Chromium; from file descriptor 5 on. */
    moreStdio?: readonly ('pipe' | 'ipc')[];
}
/** How a process ended. */
export interface ProcessExit {
    code: number | null;
    signal: NodeJS.Signals | null;
    /** The last lines it wrote to standard error, for the error message. */
    stderr: string;
}
/** A started Chromium: its debugging pipe, and the end of it. It leads a process group of its own, so that its whole tree can be signalled. */
export declare class ChromiumProcess {
    #private;
    readonly pid: number;
    /** What Chromium writes to its clients, NUL-terminated messages. */
    readonly readable: Readable;
    /** What Chromium reads. */
    readonly writable: Writable;
    /** Resolves when the leading process has ended. Never rejects. */
    readonly exited: Promise<ProcessExit>;
    /** For its further pipes and channels. */
    readonly child: ChildProcess;
    /** @throws when the program cannot be started at all */
    static spawn(options: SpawnOptions): Promise<ChromiumProcess>;
    private constructor();
}
//# sourceMappingURL=process.d.ts.map