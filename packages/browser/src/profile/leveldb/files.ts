import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { damaged } from './bytes.js';

/**
 * What a browser that may have been taken over left in its directory, read as if each name in it were a trap: no link is followed, and
 * nothing but a regular file is opened (opening a pipe would never return).
 */
export interface BoundedFile extends Disposable {
  readonly size: number;
  read(offset: number, length: number): Buffer;
}

/** @throws {CarrelError} `profile_hostile` for what is no file; the system's own error when it cannot be opened */
export function openBounded(path: string): BoundedFile {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) {
    closeSync(descriptor);
    throw hostile();
  }
  return {
    size: stats.size,
    read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      for (let filled = 0; filled < length; ) {
        const count = readSync(descriptor, bytes, filled, length - filled, offset + filled);
        if (count === 0) throw damaged('a file ends too early');
        filled += count;
      }
      return bytes;
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

/** All of a file. */
export function readBounded(path: string, maxBytes: number): Buffer {
  using file = openBounded(path);
  if (file.size > maxBytes) throw damaged('a file is too large');
  return file.read(0, file.size);
}

/** The path of a directory below another, of which no part is a link; undefined when it is not there. */
export function directoryBelow(root: string, ...names: string[]): string | undefined {
  let path = root;
  for (const name of names) {
    path = join(path, name);
    const stats: Stats | undefined = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    if (!stats.isDirectory()) throw hostile();
  }
  return path;
}

/** @throws {CarrelError} `profile_hostile` when there is anything but files and directories */
export function listDirectory(path: string): { files: string[]; directories: string[] } {
  const files: string[] = [];
  const directories: string[] = [];
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isFile()) files.push(entry.name);
    else if (entry.isDirectory()) directories.push(entry.name);
    else throw hostile();
  }
  return { files: files.sort(), directories: directories.sort() };
}

const hostile = () =>
  new CarrelError(
    'profile_hostile',
    'The browser left something among its files that is neither a file nor a directory. Open an earlier version of the profile.',
  );
