import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError } from '@carrel/protocol';
import { readOr } from './meter.js';
const DEADLINE_MS = 1_000;
const POLL_MS = 1;
/**
 * Stops processes (SIGSTOP) until what is returned is disposed of, those included that they start while they are being stopped.
 * @param members all of them, asked for again until each stands still
 * @throws {CarrelError} `page_unresponsive` when one does not stop; then all go on
 */
export async function freeze(members) {
    const stopped = new Set();
    const thaw = () => {
        for (const pid of stopped)
            signal(pid, 'SIGCONT');
    };
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
        const moving = members().filter((pid) => !standsStill(pid));
        if (moving.length === 0)
            return { [Symbol.dispose]: thaw };
        for (const pid of moving) {
            if (stopped.has(pid))
                continue;
            stopped.add(pid);
            signal(pid, 'SIGSTOP');
        }
        if (Date.now() > deadline) {
            thaw();
            throw new CarrelError('page_unresponsive', `The browser's processes ${moving.join(', ')} did not stop for a snapshot; try again.`);
        }
        await delay(POLL_MS);
    }
}
function signal(pid, name) {
    try {
        process.kill(pid, name);
    }
    catch {
        // it ended meanwhile
    }
}
/** Whether each of its threads is stopped, or dead. */
function standsStill(pid) {
    let threads;
    try {
        threads = readdirSync(`/proc/${pid}/task`);
    }
    catch {
        return true; // it ended meanwhile
    }
    return threads.every((thread) => {
        const stat = readOr(`/proc/${pid}/task/${thread}/stat`, '');
        return stat === '' || 'TtZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
    });
}
//# sourceMappingURL=freeze.js.map