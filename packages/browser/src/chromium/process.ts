import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { signalGroup } from './process-tree.js';

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

const STDERR_TAIL_CHARS = 4_000;

/** Process groups that must not outlive this process, whichever way it ends without a chance to clean up. */
const living = new Set<number>();
process.on('exit', () => {
  for (const pid of living) signalGroup(pid, 'SIGKILL');
});

/** A started Chromium: its debugging pipe, and the end of it. It leads a process group of its own, so that its whole tree can be signalled. */
export class ChromiumProcess {
  readonly pid: number;
  /** What Chromium writes to its clients, NUL-terminated messages. */
  readonly readable: Readable;
  /** What Chromium reads. */
  readonly writable: Writable;
  /** Resolves when the leading process has ended. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** For its further pipes and channels. */
  readonly child: ChildProcess;
  #stderr = '';

  /** @throws when the program cannot be started at all */
  static async spawn(options: SpawnOptions): Promise<ChromiumProcess> {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', ...(options.moreStdio ?? [])],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return new ChromiumProcess(child);
  }

  private constructor(child: ChildProcess) {
    const { pid } = child;
    const [, , stderr, writable, readable] = child.stdio;
    if (pid === undefined) throw new Error('a spawned process has a pid');
    this.pid = pid;
    this.child = child;
    this.writable = writable as Writable;
    this.readable = readable as Readable;
    living.add(pid);
    (stderr as Readable).setEncoding('utf8').on('data', (text: string) => {
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
