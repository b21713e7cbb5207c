import { readdirSync, readFileSync } from 'node:fs';
import type { ControlGroup } from './cgroup.js';

/** What a browser uses of the machine. */
export interface Usage {
  memoryBytes: number;
  /** Processes and threads. */
  tasks: number;
  /** How many of its processes the kernel has ended for want of memory, as far as it tells. */
  kernelKills: number;
}

/** What a browser uses, for people who look at it: all of it, and therefore dearer to measure than `Usage`. */
export interface ResourceUse {
  /** Of memory that cannot be dropped. */
  memoryBytes: number;
  /** What it may use of it. */
  memoryLimitBytes: number;
  /** Processor time of all its processes, those that have ended included, in seconds. */
  cpuSeconds: number;
  processes: number;
  threads: number;
}

/** Measures what a browser uses, and knows which processes do. */
export interface Meter {
  /** Memory is exact only above `enoughBytes`, which makes it cheaper below. */
  measure(enoughBytes: number): Usage;
  members(): number[];
}

/** Where control groups tell, they do; else, what its processes say is added up. */
export function meterOf(group: ControlGroup, firstPid: number): Meter {
  return group.limitsMemory ? group : new TreeMeter(firstPid);
}

/** Measures all that a browser uses. @throws when its control group is gone: it has ended */
export function measureAll(meter: Meter): Omit<ResourceUse, 'memoryLimitBytes'> {
  const { memoryBytes, tasks } = meter.measure(0);
  const members = meter.members();
  const ticks = members.reduce((sum, pid) => sum + ticksOf(pid), 0);
  return { memoryBytes, cpuSeconds: ticks / TICKS_PER_SECOND, processes: members.length, threads: tasks };
}

/** In what /proc counts processor time, on every architecture (proc_pid_stat(5), `getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** What a process and its children that have ended took of the processors: utime, stime, cutime and cstime. */
function ticksOf(pid: number): number {
  const stat = readOr(`/proc/${pid}/stat`, '');
  // The name of the program, in parentheses, may hold anything; utime is the 12th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}

/** Adds up what the processes of a tree use. */
class TreeMeter implements Meter {
  readonly #firstPid: number;

  constructor(firstPid: number) {
    this.#firstPid = firstPid;
  }

  measure(): Usage {
    const members = this.members();
    return { memoryBytes: members.reduce((sum, pid) => sum + residentBytes(pid), 0), tasks: tasksOf(members), kernelKills: 0 };
  }

  members(): number[] {
    const found = [this.#firstPid];
    // Grows while it is walked.
    for (const pid of found) found.push(...childrenOf(pid));
    return found;
  }
}

/** A process is the child of the thread that started it, and Chromium starts some from others than the first. */
function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it ended meanwhile
  }
  return threads.flatMap((thread) =>
    readOr(`/proc/${pid}/task/${thread}/children`, '')
      .split(' ')
      .filter((word) => word !== '')
      .map(Number),
  );
}

/** What a process has to itself or shares with its like, without the files that it maps, in bytes. */
export function residentBytes(pid: number): number {
  const status = readOr(`/proc/${pid}/status`, '');
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  return (kibibytes('RssAnon') + kibibytes('RssShmem')) * 1024;
}

/** How many threads processes have, the first ones counted. */
export const tasksOf = (pids: readonly number[]) =>
  pids.reduce((sum, pid) => sum + Number(/^Threads:\s+(\d+)/m.exec(readOr(`/proc/${pid}/status`, ''))?.[1] ?? 0), 0);

/** Processes end while one looks at them. */
export function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
