import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { allPids, commandLine } from './processes.js';

/** How much there is of browsers. */
export interface Leftovers {
  processes: number;
  directories: number;
  controlGroups: number;
}

interface Places {
  /** Where browsers have a directory each. */
  runDirectory: string;
  /** All processes below the server of each browser, by its id. */
  browserPids: ReadonlyMap<string, readonly number[]>;
}

const CONTROL_GROUPS = '/sys/fs/cgroup';

/**
 * What there is of these browsers on the whole machine: processes that are told of them and all that is below these, directories and control
 * groups that are named after them.
 */
export function findLeftovers({ runDirectory, browserPids }: Places, ids: ReadonlySet<string>): Leftovers {
  const isOfThem = (text: string) => (text.match(/br_[a-z0-9]+/g) ?? []).some((id) => ids.has(id));
  const named = allPids().filter((pid) => isOfThem(commandLine(pid).join(' ')));
  const below = [...browserPids].flatMap(([id, pids]) => (ids.has(id) ? pids : []));
  return {
    processes: new Set([...named, ...below]).size,
    directories: readdirSync(runDirectory).filter(isOfThem).length,
    controlGroups: directoriesBelow(CONTROL_GROUPS).filter((path) => isOfThem(basename(path))).length,
  };
}

/** Groups end while they are read. */
function directoriesBelow(directory: string): string[] {
  try {
    const inside = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return inside.flatMap(({ name }) => [join(directory, name), ...directoriesBelow(join(directory, name))]);
  } catch {
    return []; // it is gone, or there are none on this system
  }
}
