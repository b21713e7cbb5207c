import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BenchmarkFailed } from './benchmark-failed.js';

const ALONE_POLL_MS = 2;
const ALONE_DEADLINE_MS = 10_000;

/**
 * A control group (version 2) that this process moves into, so that the kernel counts the CPU time of all that is started from then on, down to
 * the last helper that nobody waits for. On machines with both versions, too: version 2 counts CPU time whatever has the controllers.
 */
export class CpuGroup implements Disposable {
  readonly #parent: string;
  readonly #directory: string;

  private constructor(parent: string) {
    this.#parent = parent;
    this.#directory = join(parent, `carrel-bench-${process.pid}`);
  }

  /** Undefined where there are no such groups, or this process may make none. */
  static enter(): CpuGroup | undefined {
    try {
      const [, mountPoint] = /^(?:\S+ ){4}(\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8')) ?? [];
      const [, path] = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
      if (mountPoint === undefined || path === undefined) return undefined;
      const group = new CpuGroup(join(mountPoint, path));
      mkdirSync(group.#directory);
      writeFileSync(join(group.#directory, 'cgroup.procs'), `${process.pid}`);
      return group;
    } catch {
      return undefined; // not Linux, or not ours to change: then there is no figure
    }
  }

  /** CPU time that all in it have had so far, user and system, in ms. */
  get usedMs(): number {
    return Number(/^usage_usec (\d+)$/m.exec(this.#read('cpu.stat'))?.[1]) / 1000;
  }

  /** Until nothing but this process is in it: what is not there any more has had its CPU time counted. */
  async untilAlone(): Promise<void> {
    const deadline = performance.now() + ALONE_DEADLINE_MS;
    while (this.members.some((pid) => pid !== process.pid)) {
      if (performance.now() > deadline) throw new BenchmarkFailed(`processes ${this.members.join(', ')} did not end`);
      await delay(ALONE_POLL_MS);
    }
  }

  /** Pids of the processes that are in it now. */
  get members(): number[] {
    return this.#read('cgroup.procs').trim().split('\n').map(Number);
  }

  /** Moves this process back. All others must have ended. */
  [Symbol.dispose](): void {
    writeFileSync(join(this.#parent, 'cgroup.procs'), `${process.pid}`);
    rmdirSync(this.#directory);
  }

  #read(name: string): string {
    return readFileSync(join(this.#directory, name), 'utf8');
  }
}
