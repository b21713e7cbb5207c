import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What the kernel says of running processes, by /proc (proc(5)). Elsewhere than on Linux there is nothing to read. */

/** Reading races with the end of what is read, and some processes may not be read: both give undefined. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return undefined;
  }
}

const numbersIn = (directory: string): number[] => {
  try {
    return readdirSync(directory)
      .map(Number)
      .filter((number) => Number.isInteger(number));
  } catch {
    return []; // it ended meanwhile, or there is no /proc
  }
};

/** Parent and name of a process; undefined when it has ended, a zombie included. */
export function parseStat(stat: string): { parent: number; name: string } | undefined {
  // The name stands in parentheses and may itself hold any character, parentheses too.
  const end = stat.lastIndexOf(')');
  const [state, parent] = stat.slice(end + 2).split(' ');
  if (end === -1 || state === 'Z' || state === 'X') return undefined;
  return { parent: Number(parent), name: stat.slice(stat.indexOf('(') + 1, end) };
}

/** The kernel keeps this much of a process's name. */
export const NAME_CHARS = 15;

/**
 * Pids of all processes below the roots, those of the roots not among them.
 * @param isWanted by the name that the kernel has of a process, its first 15 characters
 */
export function descendants(roots: readonly number[], isWanted: (name: string) => boolean = () => true): number[] {
  const children = new Map<number, { pid: number; name: string }[]>();
  for (const pid of numbersIn('/proc')) {
    const entry = parseStat(readProc(`${pid}/stat`) ?? '');
    if (entry !== undefined) children.set(entry.parent, [...(children.get(entry.parent) ?? []), { pid, name: entry.name }]);
  }
  const below = (pid: number): { pid: number; name: string }[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return roots.flatMap(below).flatMap(({ pid, name }) => (isWanted(name) ? [pid] : []));
}

/** The arguments with which a process was started; none when it has ended. */
export const commandLine = (pid: number): string[] => (readProc(`${pid}/cmdline`) ?? '').split('\0').slice(0, -1);

/** All pids there are now. */
export const allPids = (): number[] => numbersIn('/proc');

/** What a process has started itself, each with all that is below it. */
export function treesBelow(root: number): number[][] {
  const children = descendants([root]).filter((pid) => parseStat(readProc(`${pid}/stat`) ?? '')?.parent === root);
  return children.map((pid) => [pid, ...descendants([pid])]);
}

/** Sums up what `read` gives for each process; undefined when one that lives cannot be read, for then the sum would be a lie. */
function sum(pids: readonly number[], read: (pid: number) => number | undefined): number | undefined {
  let total = 0;
  for (const pid of pids) {
    const value = read(pid);
    if (value === undefined && parseStat(readProc(`${pid}/stat`) ?? '') !== undefined) return undefined;
    total += value ?? 0;
  }
  return total;
}

/** A field of smaps_rollup or status, which the kernel gives in kB. */
export function parseKilobytes(text: string, field: string): number | undefined {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}

/** Proportional set size of the processes in bytes: memory that n processes share counts 1/n for each of them. */
export function proportionalBytes(pids: readonly number[]): number | undefined {
  return sum(pids, (pid) => parseKilobytes(readProc(`${pid}/smaps_rollup`) ?? '', 'Pss'));
}

/** Resident set size of one process, in bytes. */
export function residentBytes(pid: number): number | undefined {
  return parseKilobytes(readProc(`${pid}/status`) ?? '', 'VmRSS');
}

/**
 * CPU time that the threads which live now have had so far, user and system, in ms. Read thread by thread from schedstat, which counts
 * nanoseconds; /proc/PID/stat counts in ticks of 10 ms, more than an idle process uses in a second.
 */
export function cpuMs(pids: readonly number[]): number | undefined {
  const ofThread = (pid: number, thread: number) => {
    const nanoseconds = readProc(`${pid}/task/${thread}/schedstat`)?.split(' ')[0];
    return nanoseconds === undefined ? 0 : Number(nanoseconds) / 1e6;
  };
  return sum(pids, (pid) => {
    const threads = numbersIn(`/proc/${pid}/task`);
    // No thread can be read: the kernel keeps no such statistics, or the process is not ours to read.
    if (threads.every((thread) => readProc(`${pid}/task/${thread}/schedstat`) === undefined)) return undefined;
    return threads.reduce((total, thread) => total + ofThread(pid, thread), 0);
  });
}

/** CPU that each group of processes uses within a time, in ms. */
export async function cpuMsDuring(
  durationMs: number,
  groups: readonly (readonly number[])[],
  signal: AbortSignal,
): Promise<(number | undefined)[]> {
  const before = groups.map(cpuMs);
  await delay(durationMs, undefined, { signal });
  return groups.map((pids, index) => {
    const [start, end] = [before[index], cpuMs(pids)];
    return start === undefined || end === undefined ? undefined : end - start;
  });
}
