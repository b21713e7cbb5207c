import { type BigIntStats, lstatSync, opendirSync } from 'node:fs';
import { join } from 'node:path';
import { tooManyFiles } from './failures.js';
import { Pace } from './pace.js';

/** What of a user-data-dir is kept. Cookies are not: they are in the state that is kept beside it. */
const KEPT = [
  'Default/Local Storage/leveldb',
  'Default/IndexedDB',
  'Default/Service Worker/Database',
  'Default/Service Worker/ScriptCache',
  'Default/Service Worker/CacheStorage',
  'Default/File System',
  'Default/WebStorage',
];

/** What stands above that: directories with nothing of their own to keep. */
export const ABOVE_KEPT: readonly string[] = ['Default', 'Default/Local Storage', 'Default/Service Worker'];

/**
 * What Chromium makes anew where it is not there: files of LevelDB that say who has it open and what it did, and the list that a cache has of
 * its files. While a browser runs that may be older than the cache and yet count as fresh (it is written with the time of the cache as it is
 * when it is written, and with the entries of a moment before), and what is not in it would be lost.
 */
const MADE_ANEW = ['LOCK', 'LOG', 'LOG.old', 'index-dir'];

/** Files and directories in a profile; Chromium makes some dozens for each origin. */
export const MAX_ENTRIES = 200_000;
const MAX_PATH_CHARS = 1000;
const MAX_DEPTH = 16;
/** What every tar can write. */
const MAX_SECONDS = 2 ** 33 - 1;

/**
 * A part of a path as Chromium makes it. Its names are valid on every system that it runs on, and it escapes what is in names of sites:
 * so none has a control character, anything but ASCII, or what Windows does not take.
 */
const SEGMENT = /^(?!\.{1,2}$)[\x20-\x7e]{1,255}$/;
const FORBIDDEN = /[\\:*?"<>|]/;

/** Whether a path below a user-data-dir is of something that is kept. It has `/` between its parts and none at its end. */
export function isKeptPath(path: string): boolean {
  if (path.length > MAX_PATH_CHARS || FORBIDDEN.test(path)) return false;
  if (!KEPT.some((root) => path === root || path.startsWith(`${root}/`))) return false;
  const segments = path.split('/');
  return segments.length <= MAX_DEPTH && segments.every((segment) => SEGMENT.test(segment) && !MADE_ANEW.includes(segment));
}

/** A file or a directory that is kept. */
export interface KeptEntry {
  /** From the user-data-dir, with `/`. */
  path: string;
  isDirectory: boolean;
  sizeBytes: number;
  /** Whole microseconds since 1970: what Chromium itself tells apart. */
  mtimeMicroseconds: number;
}

/**
 * All that is kept of a user-data-dir, each directory before what is in it. Whatever else a browser has put there is left out: links, what has
 * a second name, what belongs to somebody else than the directory, devices, sockets, and names that Chromium does not make.
 * Nothing may write to the directory meanwhile: its browser has ended or is stopped.
 * @throws {CarrelError} `profile_too_large`: more than `maxEntries` files and directories, those that are left out included
 */
export async function* walkKept(directory: string, maxEntries = MAX_ENTRIES): AsyncGenerator<KeptEntry> {
  const walk: Walk = { directory, uid: ownerOf(directory), pace: new Pace(), maxEntries, seen: KEPT.length };
  const isDirectory = (path: string) => entryOf(walk, path)?.isDirectory === true;
  // What is behind a link is not the browser's own.
  const barred = ABOVE_KEPT.filter((path) => !isDirectory(path));
  for (const root of KEPT) {
    if (barred.some((path) => root.startsWith(`${path}/`))) continue;
    const entry = entryOf(walk, root);
    if (entry?.isDirectory) yield* walkFrom(walk, entry);
  }
}

interface Walk {
  readonly directory: string;
  /** To whom all of it must belong. */
  readonly uid: bigint;
  readonly pace: Pace;
  readonly maxEntries: number;
  seen: number;
}

export const ownerOf = (directory: string) => lstatSync(directory, { bigint: true }).uid;

async function* walkFrom(walk: Walk, parent: KeptEntry): AsyncGenerator<KeptEntry> {
  yield parent;
  for (const name of namesIn(walk, parent.path)) {
    await walk.pace.rest();
    const path = `${parent.path}/${name}`;
    const entry = isKeptPath(path) ? entryOf(walk, path) : undefined;
    if (entry === undefined || isEmptyJournal(entry)) continue;
    if (entry.isDirectory) yield* walkFrom(walk, entry);
    else yield entry;
  }
}

/** Sorted, and of those that differ by case only the first: Chromium makes no such, and not every file system has both. */
function namesIn(walk: Walk, path: string): string[] {
  const names = new Map<string, string>();
  const directory = unlessClosed(() => opendirSync(join(walk.directory, path), { bufferSize: 256 }));
  if (directory === undefined) return [];
  try {
    for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
      walk.seen++;
      if (walk.seen > walk.maxEntries) throw tooManyFiles(walk.maxEntries);
      const folded = entry.name.toLowerCase();
      const other = names.get(folded);
      if (other === undefined || entry.name < other) names.set(folded, entry.name);
    }
  } finally {
    directory.closeSync();
  }
  return [...names.values()].sort();
}

function entryOf({ directory, uid }: Walk, path: string): KeptEntry | undefined {
  const stat = unlessClosed(() => lstatSync(join(directory, path), { bigint: true }));
  if (stat === undefined || !isPlain(stat, uid)) return undefined;
  const isDirectory = stat.isDirectory();
  return { path, isDirectory, sizeBytes: isDirectory ? 0 : Number(stat.size), mtimeMicroseconds: microseconds(stat.mtimeNs) };
}

/** Whether it is a directory, or a file with one name, of `uid`. */
export const isPlain = (stat: BigIntStats, uid: bigint) => stat.uid === uid && (stat.isDirectory() || (stat.isFile() && stat.nlink === 1n));

/** Undefined for what is not there, or is no longer what it was, or was closed to us: by a browser that somebody took over, as Chromium closes nothing. */
export function unlessClosed<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'EACCES', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

const isEmptyJournal = ({ path, isDirectory, sizeBytes }: KeptEntry) => !isDirectory && sizeBytes === 0 && path.endsWith('-journal');

function microseconds(ns: bigint): number {
  const whole = Number(ns / 1000n);
  return Math.min(Math.max(whole, 0), MAX_SECONDS * 1e6);
}

/** What utimes takes, exact to the microsecond: half of one more, as Node hands over a fraction of seconds and cuts off what it rounds. */
export function timesOf({ mtimeMicroseconds }: KeptEntry): [accessed: number, modified: number] {
  const seconds = (mtimeMicroseconds + 0.5) / 1e6;
  return [seconds, seconds];
}
