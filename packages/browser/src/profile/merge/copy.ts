import { constants, copyFileSync, lstatSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { listDirectory } from '../leveldb/index.js';

/** Locks and diaries of LevelDB, which it makes anew. */
const NOT_KEPT = new Set(['LOCK', 'LOG', 'LOG.old']);

/**
 * Copies a directory that a browser left to a place that is free, the times with it: Chromium's caches go by them.
 * @throws {CarrelError} `profile_hostile` when there is anything but files and directories
 */
export function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  const { files, directories } = listDirectory(from);
  for (const name of directories) copyTree(join(from, name), join(to, name));
  for (const name of files) if (!NOT_KEPT.has(name)) copyFile(join(from, name), join(to, name));
  copyTimes(from, to);
}

export function copyFile(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  copyTimes(from, to);
}

function copyTimes(from: string, to: string): void {
  const { atimeMs, mtimeMs } = lstatSync(from);
  utimesSync(to, atimeMs / 1000, mtimeMs / 1000);
}
