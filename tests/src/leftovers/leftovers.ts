import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A process that has to do with a directory of a test run. */
export interface LeftProcess {
  readonly pid: number;
  /** Its command line, cut to what fits on a line. */
  readonly command: string;
  /** Where the directory's name was found. */
  readonly because: 'command line' | 'environment' | 'working directory' | 'open file' | 'child of one';
}

const POLL_MS = 50;
const COMMAND_CHARS = 160;

/** Reads of /proc race with the end of what they read, and other users' processes are closed to us: both mean "nothing to see". */
const orNothing = async <T>(read: Promise<T>, nothing: T): Promise<T> => read.catch(() => nothing);

async function openFiles(pid: number): Promise<string[]> {
  const names = await orNothing(readdir(`/proc/${pid}/fd`), []);
  return Promise.all(names.map((name) => orNothing(readlink(`/proc/${pid}/fd/${name}`), '')));
}

async function reasonOf(pid: number, directory: string): Promise<LeftProcess['because'] | undefined> {
  if ((await orNothing(readFile(`/proc/${pid}/cmdline`, 'utf8'), '')).includes(directory)) return 'command line';
  if ((await orNothing(readFile(`/proc/${pid}/environ`, 'utf8'), '')).includes(directory)) return 'environment';
  if ((await orNothing(readlink(`/proc/${pid}/cwd`), '')).startsWith(directory)) return 'working directory';
  if ((await openFiles(pid)).some((path) => path.startsWith(directory))) return 'open file';
  return undefined;
}

interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

async function runningProcess(pid: number): Promise<Running | undefined> {
  const stat = await orNothing(readFile(`/proc/${pid}/stat`, 'utf8'), '');
  // The name is in parentheses and may itself hold any character; what follows the last one is state and parent.
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (state === undefined || parent === undefined || state === 'Z' || state === 'X') return undefined;
  const command = (await orNothing(readFile(`/proc/${pid}/cmdline`, 'utf8'), '')).replaceAll('\0', ' ').trim();
  return { pid, parent: Number(parent), command };
}

/** The run's own workers are alive still when global teardown runs; Vitest ends them afterwards. */
const isOwnWorker = (running: Running) => running.parent === process.pid && /vitest.*\bworkers\b/.test(running.command);

/**
 * Processes that name `directory` in their command line, environment, working directory or open files, and the children of such.
 * Our own process and our test workers are not among them. Empty where there is no /proc.
 */
export async function processesNaming(directory: string): Promise<LeftProcess[]> {
  const pids = (await orNothing(readdir('/proc'), [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = (await Promise.all(pids.map(runningProcess))).filter((running) => running !== undefined);
  const others = all.filter((running) => running.pid !== process.pid && !isOwnWorker(running));
  const left = new Map<number, LeftProcess>();
  const add = ({ pid, command }: Running, because: LeftProcess['because']) =>
    left.set(pid, { pid, command: command.slice(0, COMMAND_CHARS), because });
  for (const running of others) {
    const because = await reasonOf(running.pid, directory);
    if (because !== undefined) add(running, because);
  }
  for (let found = -1; found !== left.size; ) {
    found = left.size;
    for (const running of others) if (!left.has(running.pid) && left.has(running.parent)) add(running, 'child of one');
  }
  return [...left.values()];
}

/** Paths below `directory`, relative to it, at most a hundred; entries that Vitest or Node keep for themselves are not ours to count. */
export async function leftFiles(directory: string): Promise<string[]> {
  const names = await orNothing(readdir(directory, { recursive: true }), []);
  return names.filter((name) => !isToolCache(name)).slice(0, 100);
}

/** Compile caches that tools put into any temporary directory: they hold nothing of ours and go with the directory. */
const isToolCache = (name: string) => /^(node-compile-cache|tsx-\d+|node-jiti|v8-compile-cache)/.test(name);

/** Resolves when neither process nor file of `directory` is left, or after `graceMs`, whichever is first. */
export async function waitForQuiet(directory: string, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  // What dies here are grandchildren of ended processes: nobody can wait on them, so /proc has to be asked again.
  while (performance.now() < deadline) {
    if ((await leftFiles(directory)).length === 0 && (await processesNaming(directory)).length === 0) return;
    await delay(POLL_MS);
  }
}

/** Kills what a run left behind, so that one bad run does not spoil the next. */
export async function endProcesses(processes: readonly LeftProcess[]): Promise<void> {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended between the look and the kill, which is what was wanted.
    }
  }
}

/** What was left, as a message for whoever has to find the test that did it. */
export function describeLeftovers(processes: readonly LeftProcess[], files: readonly string[]): string {
  const lines = [
    ...processes.map(({ pid, command, because }) => `  process ${pid} (${because}): ${command}`),
    ...files.map((name) => `  file ${join('$TMPDIR', name)}`),
  ];
  return `The tests left ${processes.length} processes and ${files.length} files behind. Close what the test opened:\n${lines.join('\n')}`;
}
