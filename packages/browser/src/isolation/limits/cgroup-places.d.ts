export type Controller = 'memory' | 'pids' | 'cpu';
export declare const CONTROLLERS: readonly Controller[];
/** A directory of a control group file system below which groups of our own can be made, and what they can limit there. */
export interface CgroupPlace {
    readonly version: 1 | 2;
    readonly directory: string;
    readonly controllers: readonly Controller[];
}
/** What /proc says of this process, or a copy of it. */
export interface CgroupSources {
    /** /proc/self/mountinfo */
    mountInfo: string;
    /** /proc/self/cgroup */
    membership: string;
}
export declare function readCgroupSources(): Promise<CgroupSources>;
/**
 * Finds where this process may make control groups: below its own ones (version 1), or below its own or beside it (version 2, where a group
 * that has processes can have no groups with limits). Both versions may be there at once, each with some of the controllers.
 */
export declare function findCgroupPlaces({ mountInfo, membership }: CgroupSources): Promise<CgroupPlace[]>;
/** All mounted hierarchies: for finding groups that were left behind, wherever they are. */
export declare const cgroupMountPoints: ({ mountInfo }: CgroupSources) => string[];
//# sourceMappingURL=cgroup-places.d.ts.map