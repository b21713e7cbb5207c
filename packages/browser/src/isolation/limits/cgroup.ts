import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Priority } from '../isolation.js';
import type { ResourceLimits } from '../options.js';
import { type CgroupPlace, CONTROLLERS, type Controller, cgroupMountPoints, findCgroupPlaces, readCgroupSources } from './cgroup-places.js';
import { readOr, tasksOf, type Usage } from './meter.js';

const CPU_PERIOD_MICROSECONDS = 100_000;
/** What files are read into that are read over and over: numbers, and a few lines of events. Used by nothing that waits. */
const TEXT = Buffer.alloc(512);
const EMPTY_DEADLINE_MS = 5_000;
const EMPTY_POLL_MS = 5;
/** Groups lie no deeper than this below the root of a hierarchy. */
const SEARCH_DEPTH = 8;

/** Makes a control group for each browser, in which the kernel limits memory, tasks and processor time. */
export class ControlGroups {
  readonly #places: readonly CgroupPlace[];
  readonly #prefix: string;
  /** What cannot be limited here. */
  readonly missing: readonly Controller[];

  private constructor(places: readonly CgroupPlace[], prefix: string) {
    this.#places = places;
    this.#prefix = prefix;
    this.missing = CONTROLLERS.filter((controller) => !places.some(({ controllers }) => controllers.includes(controller)));
  }

  /** Versions of the hierarchies that it makes groups in. */
  get versions(): (1 | 2)[] {
    return [...new Set(this.#places.map(({ version }) => version))];
  }

  /** For the browsers of a run directory, whose groups are told apart from others' by their names. */
  static async find(runDirectory: string): Promise<ControlGroups> {
    const places = await findCgroupPlaces(await readCgroupSources());
    const usable = await Promise.all(places.map(async (place) => ((await tryOut(place)) ? [place] : [])));
    return new ControlGroups(usable.flat(), prefixOf(runDirectory));
  }

  /** @throws when a group cannot be made, or not be given its limits */
  async make(id: string, limits: ResourceLimits): Promise<ControlGroup> {
    const group = new ControlGroup(this.#places.map((place) => ({ ...place, directory: join(place.directory, this.#prefix + id) })));
    try {
      await group.create(limits);
      return group;
    } catch (error) {
      await group.remove();
      throw error;
    }
  }
}

/** Groups of one browser: one, or one in each hierarchy. */
export class ControlGroup {
  readonly #places: readonly CgroupPlace[];
  readonly #memory: CgroupPlace | undefined;
  readonly #pids: CgroupPlace | undefined;
  /** Files that are read over and over, by their paths: to open one costs as much as ten looks. */
  readonly #open = new Map<string, number>();

  constructor(places: readonly CgroupPlace[]) {
    this.#places = places;
    this.#memory = places.find(({ controllers }) => controllers.includes('memory'));
    this.#pids = places.find(({ controllers }) => controllers.includes('pids'));
  }

  /** To whose `cgroup.procs` files a process writes to join them. */
  get joinFiles(): string[] {
    return this.#places.map(({ directory }) => join(directory, 'cgroup.procs'));
  }

  async create(limits: ResourceLimits): Promise<void> {
    for (const { version, directory, controllers } of this.#places) {
      await mkdir(directory);
      const files = controllers.flatMap((controller) => Object.entries(LIMIT_FILES[version][controller](limits)));
      for (const [name, value] of files) await writeLimit(join(directory, name), value);
    }
  }

  /**
   * Sets its share of the processors against other groups and processes, which counts while more want to run than there are processors.
   * Where it has no such group, or is gone, nothing changes.
   */
  prioritize(priority: Priority): void {
    const cpu = this.#places.find(({ controllers }) => controllers.includes('cpu'));
    if (cpu === undefined) return;
    const [name, shares] = CPU_SHARES[cpu.version];
    try {
      writeFileSync(join(cpu.directory, name), `${shares[priority]}`, { flag: 'r+' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Whether the kernel limits its memory. */
  get limitsMemory(): boolean {
    return this.#memory !== undefined;
  }

  measure(enoughBytes: number): Usage {
    const tasks = this.#pids === undefined ? tasksOf(this.members()) : this.#number(join(this.#pids.directory, 'pids.current'));
    return { memoryBytes: this.#memoryBytes(enoughBytes), tasks, kernelKills: this.#kernelKills() };
  }

  /** https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files; the first version of groups counts since Linux 4.13. */
  #kernelKills(): number {
    if (this.#memory === undefined) return 0;
    const { version, directory } = this.#memory;
    const events = this.#text(join(directory, version === 1 ? 'memory.oom_control' : 'memory.events'));
    return Number(/^oom_kill (\d+)/m.exec(events)?.[1] ?? 0);
  }

  /**
   * What its processes hold of memory that cannot be dropped, in bytes: their own and shared memory, files in memory too. At most `enough`
   * is told exactly; below that, more may be cached files.
   */
  #memoryBytes(enough: number): number {
    if (this.#memory === undefined) return 0;
    const { version, directory } = this.#memory;
    const used = this.#number(join(directory, version === 1 ? 'memory.usage_in_bytes' : 'memory.current'));
    if (used < enough) return used;
    const stat = new Map(
      readFileSync(join(directory, 'memory.stat'), 'utf8')
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );
    return Number(stat.get(version === 1 ? 'rss' : 'anon') ?? 0) + Number(stat.get('shmem') ?? 0);
  }

  /** What a file says now. @throws when the group is gone */
  #text(path: string): string {
    const file = this.#open.get(path) ?? openSync(path, 'r');
    this.#open.set(path, file);
    const length = readSync(file, TEXT, 0, TEXT.length, 0);
    return TEXT.toString('latin1', 0, length);
  }

  #number(path: string): number {
    return Number(this.#text(path));
  }

  /** Pids of its processes; none, when it has been removed. */
  members(): number[] {
    const [first] = this.joinFiles;
    return first === undefined ? [] : pidsIn(readOr(first, ''));
  }

  /** Removes it; after its processes have ended. May be called more than once. */
  async remove(): Promise<void> {
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
    for (const { directory } of this.#places) await removeGroup(directory);
  }
}

/** Removes the groups that a dead server of this run directory left, and ends what is left in them. */
export async function sweepControlGroups(runDirectory: string): Promise<void> {
  const prefix = prefixOf(runDirectory);
  for (const mountPoint of cgroupMountPoints(await readCgroupSources())) {
    for (const directory of await groupsBelow(mountPoint, prefix, SEARCH_DEPTH)) await removeGroup(directory);
  }
}

async function groupsBelow(directory: string, prefix: string, depth: number): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []); // removed meanwhile, or closed to us
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const path = join(directory, name);
        if (name.startsWith(prefix)) return [path];
        return depth === 0 ? [] : await groupsBelow(path, prefix, depth - 1);
      }),
  );
  return found.flat();
}

const prefixOf = (runDirectory: string) => `carrel-${createHash('sha256').update(runDirectory).digest('hex').slice(0, 12)}-`;

/** The limits of each controller, as files and what is written to them. */
const LIMIT_FILES: Readonly<Record<1 | 2, Record<Controller, (limits: ResourceLimits) => Record<string, string>>>> = {
  1: {
    memory: ({ memoryBytes }) => ({
      'memory.limit_in_bytes': `${memoryBytes}`,
      // With swap: a browser that swaps is slower than one whose page is ended.
      '?memory.memsw.limit_in_bytes': `${memoryBytes}`,
    }),
    pids: ({ tasks }) => ({ 'pids.max': `${tasks}` }),
    cpu: ({ cpuPercent }) => ({
      '?cpu.cfs_period_us': `${CPU_PERIOD_MICROSECONDS}`,
      '?cpu.cfs_quota_us': `${(cpuPercent * CPU_PERIOD_MICROSECONDS) / 100}`,
    }),
  },
  2: {
    memory: ({ memoryBytes }) => ({ 'memory.max': `${memoryBytes}`, '?memory.swap.max': '0' }),
    pids: ({ tasks }) => ({ 'pids.max': `${tasks}` }),
    cpu: ({ cpuPercent }) => ({ 'cpu.max': `${(cpuPercent * CPU_PERIOD_MICROSECONDS) / 100} ${CPU_PERIOD_MICROSECONDS}` }),
  },
};

/** What every group and every process has by itself, and a sixteenth of that. */
const CPU_SHARES: Readonly<Record<1 | 2, readonly [file: string, shares: Record<Priority, number>]>> = {
  1: ['cpu.shares', { normal: 1024, low: 64 }],
  2: ['cpu.weight', { normal: 100, low: 6 }],
};

/** A file with a question mark depends on how the kernel was built. */
async function writeLimit(path: string, value: string): Promise<void> {
  const isOptional = path.includes('/?');
  await writeFile(path.replace('/?', '/'), value, { flag: 'r+' }).catch((error: NodeJS.ErrnoException) => {
    if (!isOptional || error.code !== 'ENOENT') throw error;
  });
}

/** Makes a group with limits and removes it. */
async function tryOut(place: CgroupPlace): Promise<boolean> {
  if (place.version === 2 && !(await enable(place))) return false;
  const trial = new ControlGroup([{ ...place, directory: join(place.directory, `carrel-trial-${process.pid}-${Date.now()}`) }]);
  try {
    await trial.create({ memoryBytes: 2 ** 30, tasks: 1000, cpuPercent: 100, diskBytes: 0 });
    return true;
  } catch {
    return false; // read-only, not delegated to us, or not what it looks like: then there are no limits, which is said
  } finally {
    await trial.remove();
  }
}

async function enable({ directory, controllers }: CgroupPlace): Promise<boolean> {
  const path = join(directory, 'cgroup.subtree_control');
  try {
    const enabled = (await readFile(path, 'utf8')).split(/\s+/);
    const missing = controllers.filter((controller) => !enabled.includes(controller));
    if (missing.length > 0) await writeFile(path, missing.map((controller) => `+${controller}`).join(' '), { flag: 'r+' });
    return true;
  } catch {
    return false; // as above
  }
}

/** The kernel removes a group when its last process has been reaped, which is a moment after that has ended. */
async function removeGroup(directory: string): Promise<void> {
  const deadline = performance.now() + EMPTY_DEADLINE_MS;
  for (;;) {
    try {
      return await rmdir(directory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || performance.now() > deadline) throw error;
    }
    for (const pid of pidsIn(await readFile(join(directory, 'cgroup.procs'), 'utf8').catch(() => ''))) kill(pid);
    await delay(EMPTY_POLL_MS);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it ended meanwhile
  }
}

const pidsIn = (text: string) =>
  text
    .split('\n')
    .map(Number)
    // 0 stands for a process of another pid namespace, and would be ourselves to kill(2).
    .filter((pid) => pid > 0);
