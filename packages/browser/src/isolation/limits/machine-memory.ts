import { freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import { memoryGroups, readCgroupSources } from './cgroup-places.js';
import { readOr } from './meter.js';

interface LimitedGroup {
  limitBytes: number;
  usedFile: string;
  statFile: string;
  /** Name in the latter of what of it holds files that nobody has used lately: the kernel drops them first. */
  inactive: string;
}

const FILES = {
  1: { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', inactive: 'total_inactive_file' },
  2: { limit: 'memory.max', used: 'memory.current', inactive: 'inactive_file' },
} as const;

/**
 * The memory that this process and its browsers have together: the machine's, or what a control group leaves of it (a container, a service
 * with `MemoryMax`), whose end would come first.
 */
export class MachineMemory {
  readonly #groups: readonly LimitedGroup[];

  private constructor(groups: readonly LimitedGroup[]) {
    this.#groups = groups;
  }

  static async find(sources = readCgroupSources()): Promise<MachineMemory> {
    const groups = memoryGroups(await sources).map(({ version, directory }) => {
      const { limit, used, inactive } = FILES[version];
      const limitBytes = Number.parseInt(readOr(join(directory, limit), 'max'), 10); // `max`: none
      return { limitBytes, usedFile: join(directory, used), statFile: join(directory, 'memory.stat'), inactive };
    });
    return new MachineMemory(groups.filter(({ limitBytes }) => limitBytes < totalmem()));
  }

  get totalBytes(): number {
    return Math.min(totalmem(), ...this.#groups.map(({ limitBytes }) => limitBytes));
  }

  /** What can be used without harm now. */
  get availableBytes(): number {
    return Math.min(freemem(), ...this.#groups.map(leftIn));
  }
}

function leftIn({ limitBytes, usedFile, statFile, inactive }: LimitedGroup): number {
  const usedBytes = Number(readOr(usedFile, '0'));
  const [, inactiveBytes = '0'] = new RegExp(`^${inactive} (\\d+)$`, 'm').exec(readOr(statFile, '')) ?? [];
  return limitBytes - usedBytes + Number(inactiveBytes);
}
