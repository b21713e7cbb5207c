import { readdirSync, readFileSync } from 'node:fs';
import type { ControlGroup } from './cgroup.js';

/** What a browser uses of the machine. */
export interface Usage {
  memoryBytes: number;
  /** Processes and threads. */
  tasks: number;
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

/** Adds up what the processes of a tree use. */
class TreeMeter implements Meter {
  readonly #firstPid: number;

  constructor(firstPid: number) {
    this.#firstPid = firstPid;
  }

  measure(): Usage {
    const members = this.members();
    return { memoryBytes: members.reduce((sum, pid) => sum + residentBytes(pid), 0), tasks: tasksOf(members) };
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
