import { readdirSync, readFileSync } from 'node:fs';
/** Where control groups tell, they do; else, what its processes say is added up. */
export function meterOf(group, firstPid) {
    return group.limitsMemory ? group : new TreeMeter(firstPid);
}
/** Adds up what the processes of a tree use. */
class TreeMeter {
    #firstPid;
    constructor(firstPid) {
        this.#firstPid = firstPid;
    }
    measure() {
        const members = this.members();
        return { memoryBytes: members.reduce((sum, pid) => sum + residentBytes(pid), 0), tasks: tasksOf(members) };
    }
    members() {
        const found = [this.#firstPid];
        // Grows while it is walked.
        for (const pid of found)
            found.push(...childrenOf(pid));
        return found;
    }
}
/** A process is the child of the thread that started it, and Chromium starts some from others than the first. */
function childrenOf(pid) {
    let threads;
    try {
        threads = readdirSync(`/proc/${pid}/task`);
    }
    catch {
        return []; // it ended meanwhile
    }
    return threads.flatMap((thread) => readOr(`/proc/${pid}/task/${thread}/children`, '')
        .split(' ')
        .filter((word) => word !== '')
        .map(Number));
}
/** What a process has to itself or shares with its like, without the files that it maps, in bytes. */
export function residentBytes(pid) {
    const status = readOr(`/proc/${pid}/status`, '');
    const kibibytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
    return (kibibytes('RssAnon') + kibibytes('RssShmem')) * 1024;
}
/** How many threads processes have, the first ones counted. */
export const tasksOf = (pids) => pids.reduce((sum, pid) => sum + Number(/^Threads:\s+(\d+)/m.exec(readOr(`/proc/${pid}/status`, ''))?.[1] ?? 0), 0);
/** Processes end while one looks at them. */
export function readOr(path, otherwise) {
    try {
        return readFileSync(path, 'utf8');
    }
    catch {
        return otherwise;
    }
}
//# sourceMappingURL=meter.js.map