import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
/** Sends a signal to a whole process group; says whether there was anybody to send it to. */
export function signalGroup(groupId, signal) {
    try {
        process.kill(-groupId, signal);
        return true;
    }
    catch {
        return false; // ESRCH: the group is empty
    }
}
/** All live processes (zombies are dead) that fit, from /proc; empty where there is no /proc. */
export function findProcesses(fits) {
    let names;
    try {
        names = readdirSync('/proc');
    }
    catch {
        return []; // not Linux
    }
    return names
        .map(Number)
        .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
        .filter((pid) => {
        try {
            return fits({ pid, uid: statSync(`/proc/${pid}`).uid }) && !isZombie(pid);
        }
        catch {
            return false; // it ended meanwhile
        }
    });
}
function isZombie(pid) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) === 'Z';
}
/** The command line of a process, or '' when it has ended or may not be read. */
export function commandLine(pid) {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    }
    catch {
        return '';
    }
}
function signalProcess(pid) {
    try {
        process.kill(pid, 'SIGKILL');
    }
    catch {
        // it ended meanwhile
    }
}
const GONE_DEADLINE_MS = 5_000;
const GONE_POLL_MS = 5;
/**
 * Kills a process group and, when the browser ran under a uid of its own, everything of that uid: what a compromised browser forked away
 * from its group dies too. Resolves when nothing is left.
 *
 * The kernel sends no event when somebody else's child ends, hence the short polling.
 * @throws when something survives SIGKILL for five seconds (a process stuck in the kernel)
 */
export async function killTree(groupId, uid) {
    const members = () => [
        ...(signalGroup(groupId, 0) ? findProcesses(({ pid }) => processGroup(pid) === groupId) : []),
        ...(uid === undefined ? [] : findProcesses((entry) => entry.uid === uid)),
    ];
    signalGroup(groupId, 'SIGKILL');
    const deadline = Date.now() + GONE_DEADLINE_MS;
    for (let left = members(); left.length > 0; left = members()) {
        if (Date.now() > deadline)
            throw new Error(`processes ${left.join(', ')} survived SIGKILL`);
        for (const pid of left)
            signalProcess(pid);
        await delay(GONE_POLL_MS);
    }
}
function processGroup(pid) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}
//# sourceMappingURL=process-tree.js.map