import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
const POLL_MS = 5;
/** The first process of a pid namespace, told apart from later ones with its number by when it was started. */
export class NamespaceInit {
    pid;
    #startedAt;
    constructor(pid) {
        this.pid = pid;
        this.#startedAt = startOf(pid);
    }
    static of(pid) {
        return new NamespaceInit(pid);
    }
    get isAlive() {
        return this.#startedAt !== undefined && startOf(this.pid) === this.#startedAt;
    }
    /**
     * Kills it, and with it its namespace; resolves when that is empty. The kernel lets it go only after all others, and sends us no event
     * when it does, because it is our grandchild: hence the short polling.
     * @throws when it survives for so long
     */
    async kill(deadlineMs) {
        const deadline = performance.now() + deadlineMs;
        while (this.isAlive) {
            if (performance.now() > deadline)
                throw new Error(`process ${this.pid}, the first of its pid namespace, survived SIGKILL`);
            try {
                process.kill(this.pid, 'SIGKILL');
            }
            catch {
                return; // ESRCH: it ended meanwhile
            }
            await delay(POLL_MS);
        }
    }
}
/** When a process was started, in clock ticks since boot (proc_pid_stat(5)); undefined when there is none, or only its exit status is left. */
function startOf(pid) {
    let stat;
    try {
        stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    }
    catch {
        return undefined;
    }
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}
//# sourceMappingURL=namespace-init.js.map