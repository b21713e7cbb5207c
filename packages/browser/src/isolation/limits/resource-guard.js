import { CarrelError } from '@carrel/protocol';
import { ControlGroups } from './cgroup.js';
import { DiskQuota } from './disk-quota.js';
import { freeze } from './freeze.js';
import { meterOf } from './meter.js';
import { canLimitTasks } from './task-limit.js';
import { Watchdog } from './watchdog.js';
const HOW_TO_LIMIT = 'Run the server as root, or as a systemd service with Delegate=yes and DelegateSubgroup=server';
const NAMES = { memory: 'memory', pids: 'tasks', cpu: 'processor time' };
/** Finds out what holds browsers of this process to their limits. */
export async function tryLimits(level) {
    const groups = await ControlGroups.find('');
    const missing = missingIn(groups, canLimitTasks(level, process.getuid?.() === 0));
    return {
        cgroupVersions: groups.versions,
        ...(missing.length === 0 ? {} : { missing: { reason: notLimited(missing), mend: HOW_TO_LIMIT } }),
    };
}
const missingIn = ({ missing }, limitsTasks) => missing.filter((controller) => controller !== 'pids' || !limitsTasks).map((controller) => NAMES[controller]);
const notLimited = (missing) => `The kernel does not limit ${missing.join(' and ')} of browsers, since this process may not make control groups for that.`;
/** Holds the browsers of one run directory to what they may use of the machine. */
export class ResourceGuard {
    #limits;
    #groups;
    #watchdog = new Watchdog();
    #disk;
    constructor(limits, groups, disk) {
        this.#limits = limits;
        this.#groups = groups;
        this.#disk = disk;
    }
    static async create(runDirectory, limits) {
        return new ResourceGuard(limits, await ControlGroups.find(runDirectory), new DiskQuota(runDirectory));
    }
    /** What this machine's kernel does not limit, as sentences for the operator. `limitsTasks`: whether those of a browser are limited without control groups. */
    reasons(limitsTasks) {
        const missing = missingIn(this.#groups, limitsTasks);
        return missing.length === 0 ? [] : [`${notLimited(missing)} ${HOW_TO_LIMIT}.`];
    }
    /** @throws {CarrelError} `launch_failed` */
    async prepare(id) {
        try {
            return new GuardedBrowser(await this.#groups.make(id, this.#limits), this.#limits, this.#watchdog, this.#disk);
        }
        catch (cause) {
            throw new CarrelError('launch_failed', `The control groups of the browser could not be made: ${String(cause)}`, { cause });
        }
    }
}
/** The limits of one browser. */
export class GuardedBrowser {
    #group;
    #limits;
    #watchdog;
    #disk;
    #meter;
    #stops = [];
    constructor(group, limits, watchdog, disk) {
        this.#group = group;
        this.#limits = limits;
        this.#watchdog = watchdog;
        this.#disk = disk;
    }
    /** Its first process writes to these before anything of the browser runs. */
    get cgroupFiles() {
        return this.#group.joinFiles;
    }
    /** Watches over it from now on. `firstPid` is the process that all others descend from. */
    watch(firstPid, directories, onIncident) {
        const { diskBytes } = this.#limits;
        const meter = meterOf(this.#group, firstPid);
        this.#meter = meter;
        this.#stops = [
            this.#watchdog.watch({ meter, limits: this.#limits, onIncident }),
            this.#disk.watch({
                directories: [directories.profile, directories.downloads],
                maxBytes: diskBytes,
                members: () => meter.members(),
                onExceeded: (usedBytes) => onIncident({ type: 'disk_exceeded', limitBytes: diskBytes, usedBytes }),
            }),
        ];
    }
    /** Stops its processes until what is returned is disposed of. @throws {CarrelError} `page_unresponsive` */
    freeze() {
        return freeze(() => this.#meter?.members() ?? []);
    }
    stop() {
        for (const stop of this.#stops.splice(0))
            stop();
    }
    /** After its processes have ended. May be called more than once. */
    async remove() {
        this.stop();
        await this.#group.remove();
    }
}
//# sourceMappingURL=resource-guard.js.map