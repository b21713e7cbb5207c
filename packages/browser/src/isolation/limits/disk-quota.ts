import { type Dirent, lstatSync, opendirSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

const MEBIBYTE = 1024 * 1024;
const PERIOD_MS = 1_000;
/** When so much less is free than when all was counted last, it is counted again. */
const GROWTH_BYTES = 32 * MEBIBYTE;
/** However little seems to have changed: what one writes another may have deleted. */
const COUNT_AFTER_MS = 10_000;
/** Empty files cost something too. */
const ENTRY_BYTES = 4_096;
const BLOCK_BYTES = 512;
const ENTRIES_AT_A_TIME = 64;

export interface QuotaHolder {
  /** Directories that the browser can write to; absolute paths. */
  directories: readonly string[];
  maxBytes: number;
  /** Its processes: files that they have deleted, but hold open, count too. */
  members: () => number[];
  /** Whether none of them runs: then it writes nothing. */
  standsStill: () => boolean;
  /** Told once. */
  onExceeded: (usedBytes: number) => void;
}

/**
 * Looks after what browsers write to disk. The kernel's own quotas need file systems that few machines have mounted for them, and a file
 * system in memory of the size that pages may fill would take that memory from them; so this counts. How much is free on the disk is one
 * system call for all browsers together, and says when to count the files of each.
 */
export class DiskQuota {
  readonly #runDirectory: string;
  readonly #holders = new Set<QuotaHolder>();
  #timer: NodeJS.Timeout | undefined;
  #freeWhenCounted = Number.NEGATIVE_INFINITY;
  #countedAt = 0;

  constructor(runDirectory: string) {
    this.#runDirectory = runDirectory;
  }

  /** Watches a browser until what is returned is called. */
  watch(holder: QuotaHolder): () => void {
    this.#holders.add(holder);
    this.#timer ??= this.#next();
    return () => {
      this.#holders.delete(holder);
      if (this.#holders.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  #next(): NodeJS.Timeout {
    return setTimeout(() => {
      void this.#look().finally(() => {
        this.#timer = this.#holders.size > 0 ? this.#next() : undefined;
      });
    }, PERIOD_MS).unref();
  }

  async #look(): Promise<void> {
    const free = await statfs(this.#runDirectory).then(
      ({ bavail, bsize }) => bavail * bsize,
      () => Number.NEGATIVE_INFINITY, // it is gone, and its browsers with it
    );
    const hasGrown = this.#freeWhenCounted - free >= GROWTH_BYTES;
    if (!hasGrown && performance.now() - this.#countedAt < COUNT_AFTER_MS && free !== Number.NEGATIVE_INFINITY) return;
    this.#freeWhenCounted = free;
    this.#countedAt = performance.now();
    for (const holder of [...this.#holders]) {
      const isLookedAt = this.#holders.has(holder) && !holder.standsStill();
      const usedBytes = isLookedAt ? await countBytes(holder) : 0;
      if (usedBytes <= holder.maxBytes || !this.#holders.delete(holder)) continue; // it may have ended meanwhile
      holder.onExceeded(usedBytes);
    }
  }
}

/** What a browser holds of the disk, in bytes, as far as is needed to know that it is too much. */
async function countBytes({ directories, members, maxBytes }: QuotaHolder): Promise<number> {
  let bytes = deletedBytes(members(), directories);
  for (const directory of directories) {
    if (bytes > maxBytes) break;
    bytes += await bytesBelow(directory, maxBytes - bytes);
  }
  return bytes;
}

/**
 * Never follows a link: what it leads to is not the browser's. A directory that cannot be looked into, because it is closed or its path too
 * long, was made so to hide something, and counts as too much.
 *
 * Each entry is a few microseconds of the kernel's: handing it to a thread and back would cost ten times that. So this looks by itself, at so
 * many at a time that nobody who waits for this thread notices.
 */
async function bytesBelow(first: string, enough: number): Promise<number> {
  const left = [first];
  let bytes = 0;
  let entries = 0;
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    try {
      for (const entry of entriesOf(path)) {
        bytes += ENTRY_BYTES;
        if (entry.isDirectory()) left.push(join(path, entry.name));
        else if (entry.isFile()) bytes += blocksOf(join(path, entry.name));
        if (bytes > enough) return bytes;
        if (++entries % ENTRIES_AT_A_TIME === 0) await nextTurn();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return enough + 1; // else it was deleted meanwhile
    }
  }
  return bytes;
}

function* entriesOf(path: string): Generator<Dirent> {
  const directory = opendirSync(path);
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) yield entry;
  } finally {
    directory.closeSync();
  }
}

/** Nothing, when it was deleted meanwhile. */
const blocksOf = (path: string) => (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK_BYTES;

/** A file without a name takes its place on the disk until the last process closes it. */
function deletedBytes(pids: readonly number[], directories: readonly string[]): number {
  const sizes = new Map<string, number>();
  for (const pid of pids) {
    for (const fd of openFiles(pid)) {
      try {
        const path = readlinkSync(fd);
        if (!path.endsWith(' (deleted)') || !directories.some((directory) => path.startsWith(`${directory}/`))) continue;
        const { dev, ino, blocks } = statSync(fd);
        sizes.set(`${dev}:${ino}`, blocks * BLOCK_BYTES);
      } catch {
        // closed meanwhile
      }
    }
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => `/proc/${pid}/fd/${name}`);
  } catch {
    return []; // ended meanwhile
  }
}
