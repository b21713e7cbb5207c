import { CarrelError, type IsolationLevel } from '@carrel/protocol';
import type { BrowserDirectories, IsolationIncident, Priority } from '../isolation.js';
import type { ResourceLimits } from '../options.js';
import { type ControlGroup, ControlGroups } from './cgroup.js';
import type { Controller } from './cgroup-places.js';
import { DiskQuota } from './disk-quota.js';
import { freeze } from './freeze.js';
import { type Meter, measureAll, meterOf, type ResourceUse } from './meter.js';
import { canLimitTasks } from './task-limit.js';
import { Watchdog } from './watchdog.js';

const HOW_TO_LIMIT = 'Run the server as root, or as a systemd service with Delegate=yes and DelegateSubgroup=server';
const NAMES: Readonly<Record<Controller, string>> = { memory: 'memory', pids: 'tasks', cpu: 'processor time' };

/** What holds browsers to their limits on this machine. */
export interface MachineLimits {
  /** Versions of control groups that have a part in it; none, where this process may make none. */
  cgroupVersions: readonly (1 | 2)[];
  /** What the kernel does not limit, and what mends it; absent when it limits everything. */
  missing?: { reason: string; mend: string };
}

/** Finds out what holds browsers of this process to their limits. */
export async function tryLimits(level: IsolationLevel): Promise<MachineLimits> {
  const groups = await ControlGroups.find('');
  const missing = missingIn(groups, canLimitTasks(level, process.getuid?.() === 0));
  return {
    cgroupVersions: groups.versions,
    ...(missing.length === 0 ? {} : { missing: { reason: notLimited(missing), mend: HOW_TO_LIMIT } }),
  };
}

const missingIn = ({ missing }: ControlGroups, limitsTasks: boolean) =>
  missing.filter((controller) => controller !== 'pids' || !limitsTasks).map((controller) => NAMES[controller]);

const notLimited = (missing: readonly string[]) =>
  `The kernel does not limit ${missing.join(' and ')} of browsers, since this process may not make control groups for that.`;

/** Holds the browsers of one run directory to what they may use of the machine. */
export class ResourceGuard {
  readonly #limits: ResourceLimits;
  readonly #groups: ControlGroups;
  readonly #watchdog = new Watchdog();
  readonly #disk: DiskQuota;

  private constructor(limits: ResourceLimits, groups: ControlGroups, disk: DiskQuota) {
    this.#limits = limits;
    this.#groups = groups;
    this.#disk = disk;
  }

  static async create(runDirectory: string, limits: ResourceLimits): Promise<ResourceGuard> {
    return new ResourceGuard(limits, await ControlGroups.find(runDirectory), new DiskQuota(runDirectory));
  }

  /** Whether the processes of a browser are in control groups of its own. */
  get hasGroups(): boolean {
    return this.#groups.versions.length > 0;
  }

  /** What this machine's kernel does not limit, as sentences for the operator. `limitsTasks`: whether those of a browser are limited without control groups. */
  reasons(limitsTasks: boolean): string[] {
    const missing = missingIn(this.#groups, limitsTasks);
    return missing.length === 0 ? [] : [`${notLimited(missing)} ${HOW_TO_LIMIT}.`];
  }

  /** @throws {CarrelError} `launch_failed` */
  async prepare(id: string): Promise<GuardedBrowser> {
    try {
      const group = await this.#groups.make(id, this.#limits);
      return new GuardedBrowser(group, this.#limits, this.#watchdog, this.#disk);
    } catch (cause) {
      throw new CarrelError('launch_failed', `The control groups of the browser could not be made: ${String(cause)}`, { cause });
    }
  }
}

/** The limits of one browser. */
export class GuardedBrowser {
  readonly #group: ControlGroup;
  readonly #limits: ResourceLimits;
  readonly #watchdog: Watchdog;
  readonly #disk: DiskQuota;
  #meter: Meter | undefined;
  #stops: (() => void)[] = [];
  #isFrozen = false;

  constructor(group: ControlGroup, limits: ResourceLimits, watchdog: Watchdog, disk: DiskQuota) {
    this.#group = group;
    this.#limits = limits;
    this.#watchdog = watchdog;
    this.#disk = disk;
  }

  /** Its first process writes to these before anything of the browser runs. */
  get cgroupFiles(): string[] {
    return this.#group.joinFiles;
  }

  /** Watches over it from now on. `firstPid` is the process that all others descend from. */
  watch(firstPid: number, directories: BrowserDirectories, onIncident: (incident: IsolationIncident) => void): void {
    const { diskBytes } = this.#limits;
    const meter = meterOf(this.#group, firstPid);
    this.#meter = meter;
    const standsStill = () => this.#isFrozen;
    this.#stops = [
      this.#watchdog.watch({ meter, limits: this.#limits, standsStill, onIncident }),
      this.#disk.watch({
        directories: [directories.profile, directories.downloads],
        maxBytes: diskBytes,
        members: () => meter.members(),
        standsStill,
        onExceeded: (usedBytes) => onIncident({ type: 'disk_exceeded', limitBytes: diskBytes, usedBytes }),
      }),
    ];
  }

  prioritize(priority: Priority): void {
    this.#group.prioritize(priority);
  }

  /** What it uses now. @throws unless it is watched and has not ended */
  measure(): ResourceUse {
    if (this.#meter === undefined) throw new Error('a browser is measured once it is watched');
    return { ...measureAll(this.#meter), memoryLimitBytes: this.#limits.memoryBytes };
  }

  /** Stops its processes until what is returned is disposed of. @throws {CarrelError} `page_unresponsive` */
  async freeze(): Promise<Disposable> {
    const frozen = await freeze(() => this.#meter?.members() ?? []);
    this.#isFrozen = true;
    return {
      [Symbol.dispose]: () => {
        this.#isFrozen = false;
        frozen[Symbol.dispose]();
      },
    };
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** After its processes have ended. May be called more than once. */
  async remove(): Promise<void> {
    this.stop();
    await this.#group.remove();
  }
}
