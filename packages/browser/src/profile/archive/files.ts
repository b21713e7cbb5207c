import { closeSync, constants, fchownSync, fstatSync, futimesSync, openSync, readSync, writeSync } from 'node:fs';
import { isPlain, type KeptEntry, timesOf, unlessClosed } from './kept.js';

/** Files up to this size are read and written at once (`pace.ts`), larger ones in pieces of it. */
export const PIECE_BYTES = 256 * 1024;

/** A file of a browser's that is open for reading. It is closed with `closeSync`. */
interface OpenFile {
  descriptor: number;
  sizeBytes: number;
}

/** Opens what was found before, unless something else is there by now. A pipe would make us wait without O_NONBLOCK. */
export function openPlain(path: string, owner: bigint): OpenFile | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const descriptor = unlessClosed(() => openSync(path, flags));
  if (descriptor === undefined) return undefined;
  const stat = fstatSync(descriptor, { bigint: true });
  if (stat.isFile() && isPlain(stat, owner)) return { descriptor, sizeBytes: Number(stat.size) };
  closeSync(descriptor);
  return undefined;
}

/** The content of a file, not more than a piece; undefined when it is gone. */
export function readSmall(path: string, owner: bigint): Buffer | undefined {
  const file = openPlain(path, owner);
  if (file === undefined) return undefined;
  try {
    const buffer = Buffer.allocUnsafe(Math.min(file.sizeBytes, PIECE_BYTES));
    let filled = 0;
    for (let read = -1; read !== 0 && filled < buffer.length; filled += read)
      read = readSync(file.descriptor, buffer, filled, buffer.length - filled, null);
    return buffer.subarray(0, filled);
  } finally {
    closeSync(file.descriptor);
  }
}

/** Writes a file that is not there yet, with the time of `entry`, readable to its owner alone. */
export function writeSmall(path: string, content: Uint8Array, entry: KeptEntry, uid: number | undefined): void {
  // O_EXCL: fails where there is anything, a link that leads nowhere included.
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    for (let written = 0; written < content.length; ) written += writeSync(descriptor, content, written);
    if (uid !== undefined) fchownSync(descriptor, uid, uid);
    futimesSync(descriptor, ...timesOf(entry));
  } finally {
    closeSync(descriptor);
  }
}
