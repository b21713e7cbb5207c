import type { ControlGroup } from './cgroup.js';
/** What a browser uses of the machine. */
export interface Usage {
    memoryBytes: number;
    /** Processes and threads. */
    tasks: number;
}
/** Measures what a browser uses, and knows which processes do. */
export interface Meter {
    /** Memory is exact only above `enoughBytes`, which makes it cheaper below. */
    measure(enoughBytes: number): Usage;
    members(): number[];
}
/** Where control groups tell, they do; else, what its processes say is added up. */
export declare function meterOf(group: ControlGroup, firstPid: number): Meter;
/** What a process has to itself or shares with its like, without the files that it maps, in bytes. */
export declare function residentBytes(pid: number): number;
/** How many threads processes have, the first ones counted. */
export declare const tasksOf: (pids: readonly number[]) => number;
/** Processes end while one looks at them. */
export declare function readOr(path: string, otherwise: string): string;
//# sourceMappingURL=meter.d.ts.map