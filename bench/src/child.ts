import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { BenchmarkFailed } from './benchmark-failed.js';

export interface ChildOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** What asks it to end. SIGKILL goes to its whole process group; so does the SIGKILL for one that is asked in vain. */
  stopSignal: 'SIGTERM' | 'SIGKILL';
  /** File descriptors 3 (it reads) and 4 (it writes) are pipes to us. */
  hasPipes?: boolean;
}

const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 30_000;
const KEPT_LINES = 20;

/** Programs that must not outlive this process, whichever way it ends without a chance to end them in good order. */
const living = new Set<Child>();
process.on('exit', () => {
  for (const child of living) child.signal();
});

/**
 * A program that the benchmark started, in a process group of its own: the terminal's Ctrl-C reaches only the benchmark, which then ends
 * what it started in good order.
 */
export class Child implements AsyncDisposable {
  readonly pid: number;
  readonly pipes: { writable: Writable; readable: Readable } | undefined;
  readonly #options: ChildOptions;
  readonly #exited: Promise<unknown>;
  /** Resolves when it has ended and all that it said was read. */
  readonly #silent: Promise<unknown>;
  #hasExited = false;
  #lines: string[] = [];
  #onLine: (line: string) => void = () => {};

  /** @throws BenchmarkFailed when it cannot be started */
  static async start(options: ChildOptions): Promise<Child> {
    const { command, args, cwd, env, hasPipes } = options;
    const stdio: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe', ...(hasPipes === true ? (['pipe', 'pipe'] as const) : [])];
    const child = spawn(command, args, { cwd, env, detached: true, stdio });
    try {
      await once(child, 'spawn');
    } catch (cause) {
      throw new BenchmarkFailed(`${command} could not be started: ${String(cause)}`, { cause });
    }
    return new Child(child, options);
  }

  private constructor(child: ChildProcess, options: ChildOptions) {
    this.#options = options;
    this.pid = child.pid as number; // it has spawned
    this.#exited = once(child, 'exit').then(() => {
      this.#hasExited = true;
      living.delete(this);
    });
    this.#silent = once(child, 'close');
    living.add(this);
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream as Readable }).on('line', (line) => this.#take(line));
    const [, , , writable, readable] = child.stdio;
    this.pipes = options.hasPipes === true ? { writable: writable as Writable, readable: readable as Readable } : undefined;
  }

  /**
   * What `find` makes of the first line, of those to come, that it makes something of.
   * @throws BenchmarkFailed when the program ends before, or no such line comes within a minute
   */
  async firstLine<T>(find: (line: string) => T | undefined, signal: AbortSignal): Promise<T> {
    const found = new Promise<T>((resolve) => {
      this.#onLine = (line) => {
        const value = find(line);
        if (value !== undefined) resolve(value);
      };
    });
    const failed = (what: string) => new BenchmarkFailed(`${this.#options.command} ${what}. The last it said:\n${this.#lines.join('\n')}`);
    const waiting = new AbortController();
    try {
      return await Promise.race([
        found,
        this.#silent.then(() => Promise.reject(failed('ended at its start'))),
        delay(START_DEADLINE_MS, undefined, { signal: AbortSignal.any([signal, waiting.signal]) }).then(() =>
          Promise.reject(failed(`did not start within ${START_DEADLINE_MS / 1000} s`)),
        ),
      ]);
    } finally {
      waiting.abort();
      this.#onLine = () => {};
    }
  }

  /** Ends it and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasExited) return;
    this.signal();
    const waiting = new AbortController();
    // The deadline is called off when it has ended; that rejection means nothing.
    const late = delay(STOP_DEADLINE_MS, 'late', { signal: waiting.signal }).catch(() => undefined);
    if ((await Promise.race([this.#exited, late])) === 'late') {
      this.signal('SIGKILL');
      await this.#exited;
    }
    waiting.abort();
  }

  /** Asks it to end, without waiting. */
  signal(name = this.#options.stopSignal): void {
    try {
      process.kill(name === 'SIGKILL' ? -this.pid : this.pid, name);
    } catch {
      // It has ended, which is what was wanted.
    }
  }

  #take(line: string): void {
    this.#lines = [...this.#lines, line].slice(-KEPT_LINES);
    this.#onLine(line);
  }
}
