import { mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  appendToLevelDb,
  BYTEWISE_COMPARATOR,
  type Change,
  directoryBelow,
  listDirectory,
  readLevelDb,
  writeLevelDb,
} from '../leveldb/index.js';
import type { Place } from '../survey/places.js';
import { originOfIdentifier } from '../survey/storage-key.js';
import { copyTree } from './copy.js';

/** Replaces the directories of IndexedDB and Cache Storage, whose names tell whose they are, by those of another profile. */
export function takeDirectories(from: string, to: string, theirs: readonly Place[], mine: readonly Place[]): void {
  for (const path of mine.flatMap(pathsByName)) rmSync(join(to, path), { recursive: true });
  for (const path of theirs.flatMap(pathsByName)) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    rmSync(join(to, path), { recursive: true, force: true });
    copyTree(join(from, path), join(to, path));
  }
}

const pathsByName = ({ kind, bucketId, paths }: Place) => (kind === 'fileSystem' || bucketId !== undefined ? [] : paths);

const ROOM = 'File System';
const ORIGIN = 'ORIGIN:';
const LAST_PATH = 'LAST_PATH';

/** Replaces origin private file systems, whose directories have numbers that a database gives to origins. */
export function takeFileSystems(from: string, to: string, storageKeys: ReadonlySet<string>): void {
  const [source, target] = [readOrigins(from), readOrigins(to)];
  const isWanted = (key: string) => key.startsWith(ORIGIN) && storageKeys.has(originOfIdentifier(key.slice(ORIGIN.length)));
  const changes: Change[] = [];
  for (const [key, name] of target.rows) {
    if (!isWanted(key)) continue;
    changes.push({ key: Buffer.from(key, 'latin1') });
    if (target.directories.has(name)) rmSync(join(to, ROOM, name), { recursive: true });
  }
  let last = Math.max(
    -1,
    ...[...target.directories, target.rows.get(LAST_PATH) ?? ''].filter((name) => /^\d{1,9}$/.test(name)).map(Number),
  );
  for (const [key, name] of source.rows) {
    if (!isWanted(key) || !source.directories.has(name)) continue;
    last += 1;
    const number = String(last).padStart(3, '0');
    mkdirSync(join(to, ROOM), { recursive: true });
    copyTree(join(from, ROOM, name), join(to, ROOM, number));
    changes.push({ key: Buffer.from(key, 'latin1'), value: Buffer.from(number) });
  }
  if (changes.length === 0) return;
  changes.push({ key: Buffer.from(LAST_PATH), value: Buffer.from(String(last).padStart(3, '0')) });
  const database = join(to, ROOM, 'Origins');
  if (target.hasDatabase) appendToLevelDb(database, changes);
  else writeLevelDb(database, BYTEWISE_COMPARATOR, changes);
}

function readOrigins(profile: string): { rows: Map<string, string>; directories: Set<string>; hasDatabase: boolean } {
  const directory = directoryBelow(profile, ROOM);
  const database = directoryBelow(profile, ROOM, 'Origins');
  return {
    rows: database === undefined ? new Map() : readLevelDb(database, (_, value) => value.toString('latin1')),
    directories: new Set(directory === undefined ? [] : listDirectory(directory).directories),
    hasDatabase: database !== undefined,
  };
}
