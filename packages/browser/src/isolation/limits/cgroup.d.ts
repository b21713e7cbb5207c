import type { ResourceLimits } from '../options.js';
import { type CgroupPlace, type Controller } from './cgroup-places.js';
import { type Usage } from './meter.js';
/** Makes a control group for each browser, in which the kernel limits memory, tasks and processor time. */
export declare class ControlGroups {
    #private;
    /** What cannot be limited here. */
    readonly missing: readonly Controller[];
    private constructor();
    /** Versions of the hierarchies that it makes groups in. */
    get versions(): (1 | 2)[];
    /** For the browsers of a run directory, whose groups are told apart from others' by their names. */
    static find(runDirectory: string): Promise<ControlGroups>;
    /** @throws when a group cannot be made, or not be given its limits */
    make(id: string, limits: ResourceLimits): Promise<ControlGroup>;
}
/** Groups of one browser: one, or one in each hierarchy. */
export declare class ControlGroup {
    #private;
    constructor(places: readonly CgroupPlace[]);
    /** To whose `cgroup.procs` files a process writes to join them. */
    get joinFiles(): string[];
    create(limits: ResourceLimits): Promise<void>;
    /** Whether the kernel limits its memory. */
    get limitsMemory(): boolean;
    measure(enoughBytes: number): Usage;
    /** Pids of its processes; none, when it has been removed. */
    members(): number[];
    /** Removes it; after its processes have ended. May be called more than once. */
    remove(): Promise<void>;
}
/** Removes the groups that a dead server of this run directory left, and ends what is left in them. */
export declare function sweepControlGroups(runDirectory: string): Promise<void>;
//# sourceMappingURL=cgroup.d.ts.map