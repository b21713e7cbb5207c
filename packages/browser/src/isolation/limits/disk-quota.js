import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { lstat, opendir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
const MEBIBYTE = 1024 * 1024;
const PERIOD_MS = 1_000;
/** When so much less is free than when all was counted last, it is counted again. */
const GROWTH_BYTES = 32 * MEBIBYTE;
/** However little seems to have changed: what one writes another may have deleted. */
const COUNT_AFTER_MS = 10_000;
/** Empty files cost something too. */
const ENTRY_BYTES = 4_096;
const BLOCK_BYTES = 512;
/**
 * Looks after what browsers write to disk. The kernel's own quotas need file systems that few machines have mounted for them, and a file
 * system in memory of the size that pages may fill would take that memory from them; so this counts. How much is free on the disk is one
 * system call for all browsers together, and says when to count the files of each.
 */
export class DiskQuota {
    #runDirectory;
    #holders = new Set();
    #timer;
    #freeWhenCounted = Number.NEGATIVE_INFINITY;
    #countedAt = 0;
    constructor(runDirectory) {
        this.#runDirectory = runDirectory;
    }
    /** Watches a browser until what is returned is called. */
    watch(holder) {
        this.#holders.add(holder);
        this.#timer ??= this.#next();
        return () => {
            this.#holders.delete(holder);
            if (this.#holders.size > 0)
                return;
            clearTimeout(this.#timer);
            this.#timer = undefined;
        };
    }
    #next() {
        return setTimeout(() => {
            void this.#look().finally(() => {
                this.#timer = this.#holders.size > 0 ? this.#next() : undefined;
            });
        }, PERIOD_MS).unref();
    }
    async #look() {
        const free = await statfs(this.#runDirectory).then(({ bavail, bsize }) => bavail * bsize, () => Number.NEGATIVE_INFINITY);
        const hasGrown = this.#freeWhenCounted - free >= GROWTH_BYTES;
        if (!hasGrown && performance.now() - this.#countedAt < COUNT_AFTER_MS && free !== Number.NEGATIVE_INFINITY)
            return;
        this.#freeWhenCounted = free;
        this.#countedAt = performance.now();
        for (const holder of [...this.#holders]) {
            const usedBytes = this.#holders.has(holder) ? await countBytes(holder) : 0;
            if (usedBytes <= holder.maxBytes || !this.#holders.delete(holder))
                continue; // it may have ended meanwhile
            holder.onExceeded(usedBytes);
        }
    }
}
/** What a browser holds of the disk, in bytes, as far as is needed to know that it is too much. */
async function countBytes({ directories, members, maxBytes }) {
    let bytes = deletedBytes(members(), directories);
    for (const directory of directories) {
        if (bytes > maxBytes)
            break;
        bytes += await bytesBelow(directory, maxBytes - bytes);
    }
    return bytes;
}
/**
 * Never follows a link: what it leads to is not the browser's. A directory that cannot be looked into, because it is closed or its path too
 * long, was made so to hide something, and counts as too much.
 */
async function bytesBelow(directory, enough) {
    let bytes = 0;
    try {
        for await (const entry of await opendir(directory)) {
            const path = join(directory, entry.name);
            bytes += ENTRY_BYTES;
            if (entry.isDirectory())
                bytes += await bytesBelow(path, enough - bytes);
            else if (entry.isFile())
                bytes += await blocksOf(path);
            if (bytes > enough)
                break;
        }
    }
    catch (error) {
        if (error.code !== 'ENOENT')
            return enough + 1; // else it was deleted meanwhile
    }
    return bytes;
}
const blocksOf = (path) => lstat(path).then(({ blocks }) => blocks * BLOCK_BYTES, () => 0);
/** A file without a name takes its place on the disk until the last process closes it. */
function deletedBytes(pids, directories) {
    const sizes = new Map();
    for (const pid of pids) {
        for (const fd of openFiles(pid)) {
            try {
                const path = readlinkSync(fd);
                if (!path.endsWith(' (deleted)') || !directories.some((directory) => path.startsWith(`${directory}/`)))
                    continue;
                const { dev, ino, blocks } = statSync(fd);
                sizes.set(`${dev}:${ino}`, blocks * BLOCK_BYTES);
            }
            catch {
                // closed meanwhile
            }
        }
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
function openFiles(pid) {
    try {
        return readdirSync(`/proc/${pid}/fd`).map((name) => `/proc/${pid}/fd/${name}`);
    }
    catch {
        return []; // ended meanwhile
    }
}
//# sourceMappingURL=disk-quota.js.map