import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * A name for one process on this machine that no later process gets: its pid and the moment it started, e.g. `4711:8231977`. A pid
 * alone is given out again, in containers within seconds.
 *
 * @returns null when there is no such process, or it has ended and only waits for its parent to notice.
 */
export function processIdentity(pid: number): string | null {
  return process.platform === 'linux' ? linuxIdentity(pid) : portableIdentity(pid);
}

/** Whether the process of that identity still runs. */
export function isRunning(identity: string): boolean {
  return processIdentity(Number.parseInt(identity, 10)) === identity;
}

function linuxIdentity(pid: number): string | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null; // no such file: no such process
  }
  // proc_pid_stat(5): the name in parentheses may hold anything; then field 3 is the state, field 22 the start in clock ticks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isEnded = fields[0] === 'Z' || fields[0] === 'X';
  return isEnded ? null : `${pid}:${fields[19]}`;
}

function portableIdentity(pid: number): string | null {
  try {
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 }).trim();
    return started === '' ? null : `${pid}:${Date.parse(started)}`;
  } catch {
    return null; // ps ends with 1 when there is no such process
  }
}
