import { closeSync, constants, mkdirSync, utimesSync } from 'node:fs';
import { chmod, copyFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { tooLarge } from './failures.js';
import { openPlain, PIECE_BYTES, readSmall, writeSmall } from './files.js';
import { ABOVE_KEPT, type KeptEntry, ownerOf, timesOf, walkKept } from './kept.js';

/** What is kept of a user-data-dir at the moment, without reading it. */
export interface KeptSize {
  bytes: number;
  files: number;
  /** Unix time in ms of the newest change; 0 when there is nothing. */
  newestMtimeMs: number;
}

export async function measureKept(directory: string): Promise<KeptSize> {
  const size: KeptSize = { bytes: 0, files: 0, newestMtimeMs: 0 };
  for await (const { isDirectory, sizeBytes, mtimeMicroseconds } of walkKept(directory)) {
    size.bytes += sizeBytes;
    if (!isDirectory) size.files++;
    size.newestMtimeMs = Math.max(size.newestMtimeMs, mtimeMicroseconds / 1000);
  }
  return size;
}

/**
 * Copies what is kept of a user-data-dir, whose browser is stopped meanwhile, into a directory that it makes, which nobody else can enter. Where
 * the file system can, the copies of large files share their blocks with the originals. When it fails, the directory is to be removed.
 * @returns its size in bytes
 * @throws {CarrelError} `profile_too_large`, before anything beyond `maxBytes` is copied
 */
export async function copyKept(from: string, to: string, maxBytes = Number.POSITIVE_INFINITY): Promise<number> {
  const owner = ownerOf(from);
  mkdirSync(to, { mode: 0o700 });
  for (const path of ABOVE_KEPT) mkdirSync(join(to, path), { mode: 0o700 });
  const directories: KeptEntry[] = [];
  let bytes = 0;
  for await (const entry of walkKept(from)) {
    bytes += entry.sizeBytes;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    const [original, copy] = [join(from, entry.path), join(to, entry.path)];
    if (entry.isDirectory) {
      directories.push(entry);
      mkdirSync(copy, { mode: 0o700 });
    } else if (entry.sizeBytes > PIECE_BYTES) await copyLarge(original, copy, entry, owner);
    else copySmall(original, copy, entry, owner);
  }
  // After what is in them, which changes them.
  for (const entry of directories) utimesSync(join(to, entry.path), ...timesOf(entry));
  return bytes;
}

function copySmall(original: string, copy: string, entry: KeptEntry, owner: bigint): void {
  const content = readSmall(original, owner);
  if (content !== undefined) writeSmall(copy, content, entry, undefined);
}

async function copyLarge(original: string, copy: string, entry: KeptEntry, owner: bigint): Promise<void> {
  const file = openPlain(original, owner);
  if (file === undefined) return;
  try {
    // What is open, whatever has come in its place since: a link would lead to a file of ours.
    const source = process.platform === 'linux' ? `/proc/self/fd/${file.descriptor}` : original;
    await copyFile(source, copy, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  } finally {
    closeSync(file.descriptor);
  }
  // The copy has the mode of the original, which may be anything, and belongs to us.
  await chmod(copy, 0o600);
  await utimes(copy, ...timesOf(entry));
}
