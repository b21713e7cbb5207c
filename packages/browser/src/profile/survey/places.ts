import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { directoryBelow, listDirectory, readBounded, readLevelDb } from '../leveldb/index.js';
import type { Bucket } from './buckets.js';
import { textOf } from './protobuf.js';
import { originOfIdentifier, storageKeyText, UNKNOWN_ORIGIN } from './storage-key.js';

const MAX_INDEX_BYTES = 16 * 1024 * 1024;
/** Field of CacheStorageIndex (content/browser/cache_storage/cache_storage.proto). */
const CACHE_INDEX_STORAGE_KEY = 2;

/** Directories that hold one kind of storage of one storage key and nothing else. */
export interface Place {
  kind: 'indexedDB' | 'cacheStorage' | 'fileSystem';
  /** As `storageKeyText` gives it, or UNKNOWN_ORIGIN. */
  storageKey: string;
  /** Below the profile's directory `Default`. Of IndexedDB: the database's and, if there is one, that of its blobs. */
  paths: string[];
  /** Where it is not where the default bucket of a page's own origin has it. */
  bucketId?: string;
}

/**
 * Where in a user-data-dir's `Default` what origins stored is, but for what they share databases for: localStorage and service workers.
 * Where it cannot be read whose a directory is, it is nobody's.
 * @param buckets those of the profile, as far as they can be read
 */
export function findPlaces(profile: string, buckets: readonly Bucket[]): Place[] {
  return [...indexedDbPlaces(profile), ...cachePlaces(profile), ...fileSystemPlaces(profile), ...bucketPlaces(profile, buckets)];
}

const DATABASE = /^(.*)\.indexeddb\.leveldb$/;

function indexedDbPlaces(profile: string): Place[] {
  const directory = directoryBelow(profile, 'IndexedDB');
  if (directory === undefined) return [];
  const { directories } = listDirectory(directory);
  return directories.flatMap((name): Place[] => {
    const identifier = DATABASE.exec(name)?.[1];
    if (identifier === undefined) return [];
    const blobs = `${identifier}.indexeddb.blob`;
    const names = directories.includes(blobs) ? [name, blobs] : [name];
    return [{ kind: 'indexedDB', storageKey: originOfIdentifier(identifier), paths: names.map((part) => join('IndexedDB', part)) }];
  });
}

function cachePlaces(profile: string): Place[] {
  const directory = directoryBelow(profile, 'Service Worker', 'CacheStorage');
  if (directory === undefined) return [];
  return listDirectory(directory).directories.map((name) => ({
    kind: 'cacheStorage',
    storageKey: ownerOfCaches(join(directory, name)),
    paths: [join('Service Worker', 'CacheStorage', name)],
  }));
}

function ownerOfCaches(directory: string): string {
  try {
    return storageKeyText(textOf(readBounded(join(directory, 'index.txt'), MAX_INDEX_BYTES), CACHE_INDEX_STORAGE_KEY));
  } catch {
    return UNKNOWN_ORIGIN; // damaged, or cut off before it was written
  }
}

const ORIGIN_ROW = 'ORIGIN:';

function fileSystemPlaces(profile: string): Place[] {
  const directory = directoryBelow(profile, 'File System');
  if (directory === undefined) return [];
  const owners = ownersOfFileSystems(directory);
  return listDirectory(directory)
    .directories.filter((name) => name !== 'Origins')
    .map((name) => ({ kind: 'fileSystem', storageKey: owners.get(name) ?? UNKNOWN_ORIGIN, paths: [join('File System', name)] }));
}

function ownersOfFileSystems(directory: string): Map<string, string> {
  const owners = new Map<string, string>();
  try {
    const rows = readLevelDb(join(directory, 'Origins'), (_, value) => value.toString('latin1'));
    for (const [key, name] of rows) {
      if (key.startsWith(ORIGIN_ROW)) owners.set(name, originOfIdentifier(key.slice(ORIGIN_ROW.length)));
    }
  } catch {
    // Damaged: the files are counted all the same, as nobody's.
  }
  return owners;
}

const KINDS: readonly (readonly [name: string, kind: Place['kind']])[] = [
  ['IndexedDB', 'indexedDB'],
  ['CacheStorage', 'cacheStorage'],
  ['FileSystem', 'fileSystem'],
];

/** Buckets that are not the default one of a page's own origin: those with a name, and those of frames in other sites. */
function bucketPlaces(profile: string, buckets: readonly Bucket[]): Place[] {
  const directory = directoryBelow(profile, 'WebStorage');
  if (directory === undefined) return [];
  const owners = new Map(buckets.map(({ id, storageKey }) => [id, storageKeyText(storageKey)]));
  const ids = listDirectory(directory).directories.filter((name) => /^\d+$/.test(name));
  return ids.flatMap((bucketId) => {
    const inBucket = listDirectory(join(directory, bucketId)).directories;
    return KINDS.filter(([name]) => inBucket.includes(name)).map(([name, kind]): Place => {
      const path = join('WebStorage', bucketId, name);
      const paths = kind === 'indexedDB' ? indexedDbPaths(profile, path) : [path];
      return { kind, storageKey: owners.get(bucketId) ?? UNKNOWN_ORIGIN, paths, bucketId };
    });
  });
}

/** There the origin is not in their names. */
const indexedDbPaths = (profile: string, path: string) =>
  ['indexeddb.leveldb', 'indexeddb.blob'].map((name) => join(path, name)).filter((part) => directoryBelow(profile, part) !== undefined);

/** The bytes of all files below a directory. */
export function treeBytes(directory: string): number {
  const { files, directories } = listDirectory(directory);
  const own = files.reduce((sum, name) => sum + lstatSync(join(directory, name)).size, 0);
  return directories.reduce((sum, name) => sum + treeBytes(join(directory, name)), own);
}
