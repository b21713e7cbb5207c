import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { findProcesses } from '../chromium/index.js';
/** Above everything that distributions, containers and systemd hand out (https://systemd.io/UIDS-GIDS), below the signed limit. */
const HIGH_RANGE = { first: 1_879_048_192, last: 2_147_352_575 };
/** Where only 65,536 uids exist (user namespaces of container engines): between people and `nobody`. */
const LOW_RANGE = { first: 20_000, last: 60_000 };
/** Hands out an unprivileged uid for each browser, so that the kernel keeps browsers apart like it keeps people apart. */
export class UidAllocator {
    #taken = new Set();
    #range;
    constructor(range) {
        this.#range = range;
    }
    /** For this process, or undefined when it may not change uids (it is not root). */
    static async create() {
        if (process.getuid?.() !== 0)
            return undefined;
        return new UidAllocator((await isMapped(HIGH_RANGE.last)) ? HIGH_RANGE : LOW_RANGE);
    }
    /** A uid that no process of this machine runs under. */
    take() {
        for (;;) {
            const uid = randomInt(this.#range.first, this.#range.last);
            if (this.#taken.has(uid) || findProcesses((entry) => entry.uid === uid).length > 0)
                continue;
            this.#taken.add(uid);
            return uid;
        }
    }
    release(uid) {
        this.#taken.delete(uid);
    }
    /** Whether a uid is one that an allocator hands out. */
    static isOurs(uid) {
        return [HIGH_RANGE, LOW_RANGE].some(({ first, last }) => uid >= first && uid <= last);
    }
}
/** Whether a uid exists in our user namespace (user_namespaces(7): each line is inside, outside, count). */
async function isMapped(uid) {
    const map = await readFile('/proc/self/uid_map', 'utf8').catch(() => ''); // not Linux: no user namespaces
    if (map === '')
        return true;
    return map
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/\s+/).map(Number))
        .some(([inside = 0, , count = 0]) => uid >= inside && uid < inside + count);
}
//# sourceMappingURL=uids.js.map