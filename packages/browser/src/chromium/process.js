import { spawn } from 'node:child_process';
import { signalGroup } from './process-tree.js';
const STDERR_TAIL_CHARS = 4_000;
/** Process groups that must not outlive this process, whichever way it ends without a chance to clean up. */
const living = new Set();
process.on('exit', () => {
    for (const pid of living)
        signalGroup(pid, 'SIGKILL');
});
/** A started Chromium: its debugging pipe, and the end of it. It leads a process group of its own, so that its whole tree can be signalled. */
export class ChromiumProcess {
    pid;
    /** What Chromium writes to its clients, NUL-terminated messages. */
    readable;
    /** What Chromium reads. */
    writable;
    /** Resolves when the leading process has ended. Never rejects. */
    exited;
    /** For its further pipes and channels. */
    child;
    #stderr = '';
    /** @throws when the program cannot be started at all */
    static async spawn(options) {
        const child = spawn(options.command, options.args, {
            cwd: options.cwd,
            env: options.env,
            detached: true,
            stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', ...(options.moreStdio ?? [])],
        });
        await new Promise((resolve, reject) => {
            child.once('spawn', resolve);
            child.once('error', reject);
        });
        return new ChromiumProcess(child);
    }
    constructor(child) {
        const { pid } = child;
        const [, , stderr, writable, readable] = child.stdio;
        if (pid === undefined)
            throw new Error('a spawned process has a pid');
        this.pid = pid;
        this.child = child;
        this.writable = writable;
        this.readable = readable;
        living.add(pid);
        stderr.setEncoding('utf8').on('data', (text) => {
            this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL_CHARS);
        });
        this.exited = new Promise((resolve) => {
            child.once('exit', (code, signal) => {
                living.delete(pid);
                resolve({ code, signal, stderr: this.#stderr });
            });
        });
    }
}
//# sourceMappingURL=process.js.map