import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { commandLine, findProcesses } from '../chromium/index.js';

const GONE_DEADLINE_MS = 10_000;
const POLL_MS = 10;

/** A field of /proc/<pid>/status, e.g. `Seccomp`. */
export function statusField(pid: number, name: string): string {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? '';
}

/** The process that leads a browser: the one that was given its user-data-dir, of which the end of the path is enough. */
export function mainProcess(profile: string): number {
  const [pid] = findProcesses(({ pid }) => isMain(pid, profile));
  if (pid === undefined) throw new Error(`no process has the user-data-dir ${profile}`);
  return pid;
}

/** Chromium writes its command line anew, with spaces between the words. */
const words = (pid: number) => commandLine(pid).split(/[\0 ]/);

/** What builds a sandbox has Chromium's command line in its own. */
const isBuilder = (pid: number) => /\/(perl|bwrap)$/.test(words(pid)[0] ?? '');

const isMain = (pid: number, profile: string) =>
  words(pid).some((word) => word.startsWith('--user-data-dir=') && word.endsWith(profile)) &&
  !words(pid).some((word) => word.startsWith('--type=')) &&
  !isBuilder(pid);

/** All processes of a browser: the leading one and what descends from it. */
export function treeOf(profile: string): number[] {
  const tree = new Set([mainProcess(profile)]);
  for (let before = 0; before !== tree.size; ) {
    before = tree.size;
    for (const pid of findProcesses(({ pid }) => tree.has(Number(statusField(pid, 'PPid'))))) tree.add(pid);
  }
  return [...tree];
}

/** Those of a type (`renderer`, `zygote`, `gpu-process`, …) among processes of Chromium. */
export const ofType = (pids: readonly number[], type: string) => pids.filter((pid) => words(pid).includes(`--type=${type}`));

/** The TCP ports, in any network namespace, that a process listens on. */
export function listeningPorts(pid: number): number[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      } catch {
        return undefined; // closed meanwhile
      }
    }),
  );
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(inode))
      .map(([, address = '']) => Number.parseInt(address.split(':')[1] ?? '', 16)),
  );
}

/** Resolves when none of the processes is alive; others' children end without a word, so that this has to look. */
export async function untilGone(pids: readonly number[]): Promise<void> {
  const deadline = AbortSignal.timeout(GONE_DEADLINE_MS);
  const wanted = new Set(pids);
  for (let left = pids; left.length > 0; left = findProcesses(({ pid }) => wanted.has(pid))) {
    if (deadline.aborted) throw new Error(`still alive: ${left.map((pid) => `${pid} ${commandLine(pid).slice(0, 200)}`).join(', ')}`);
    await delay(POLL_MS);
  }
}
