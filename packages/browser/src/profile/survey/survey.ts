import { join } from 'node:path';
import type { OriginContents } from '@carrel/protocol';
import { ByteReader, directoryBelow, listDirectory, readLevelDb } from '../leveldb/index.js';
import { type Bucket, readBuckets } from './buckets.js';
import { parseRow } from './local-storage-rows.js';
import { findPlaces, type Place, treeBytes } from './places.js';
import { numberOf } from './protobuf.js';
import { storageKeyText, UNKNOWN_ORIGIN } from './storage-key.js';

type Kind = Exclude<keyof OriginContents, 'origin' | 'bytes'>;

/**
 * What origins have stored in a user-data-dir: names, counts and sizes. What cannot be read does not stop it: databases that are damaged count
 * no entries, and what nobody can be named for is the origin `unknown`'s.
 */
export function surveyDirectory(directory: string): OriginContents[] {
  const totals = new Totals();
  const profile = directoryBelow(directory, 'Default');
  if (profile === undefined) return [];
  surveyLocalStorage(profile, totals);
  surveyServiceWorkers(profile, totals);
  for (const place of findPlaces(profile, bucketsOf(profile, directory))) {
    const bytes = place.paths.reduce((sum, path) => sum + treeBytes(join(profile, path)), 0);
    totals.add(place.storageKey, place.kind, countEntries(profile, place), bytes);
  }
  return totals.all();
}

/** Only where there are any with directories of their own: reading the database takes as long as all else of a small profile. */
function bucketsOf(profile: string, scratch: string): Bucket[] {
  const directory = directoryBelow(profile, 'WebStorage');
  if (directory === undefined || listDirectory(directory).directories.length === 0) return [];
  try {
    return readBuckets(profile, scratch);
  } catch {
    return []; // damaged: what is in them is nobody's
  }
}

class Totals {
  readonly #origins = new Map<string, OriginContents>();

  add(origin: string, kind: Kind, entries: number, bytes: number): void {
    let total = this.#origins.get(origin);
    if (total === undefined) {
      const nothing = () => ({ entries: 0, bytes: 0 });
      total = {
        origin,
        localStorage: nothing(),
        indexedDB: nothing(),
        cacheStorage: nothing(),
        serviceWorkers: nothing(),
        fileSystem: nothing(),
        bytes: 0,
      };
      this.#origins.set(origin, total);
    }
    total[kind].entries += entries;
    total[kind].bytes += bytes;
    total.bytes += bytes;
  }

  /** The largest first. */
  all(): OriginContents[] {
    return [...this.#origins.values()].sort((a, b) => b.bytes - a.bytes || (a.origin < b.origin ? -1 : 1));
  }
}

function surveyLocalStorage(profile: string, totals: Totals): void {
  const directory = directoryBelow(profile, 'Local Storage', 'leveldb');
  if (directory === undefined) return;
  try {
    for (const [key, valueBytes] of readLevelDb(directory, (_, value) => value.length)) {
      const row = parseRow(key);
      if (row !== undefined) totals.add(storageKeyText(row.storageKey), 'localStorage', 1, row.name.length + valueBytes);
    }
  } catch {
    totals.add(UNKNOWN_ORIGIN, 'localStorage', 0, treeBytes(directory)); // damaged
  }
}

const REGISTRATION = /^REG:([^\0]+)\0\d+$/;
const RESOURCE = /^RES:(\d+)\0\d+$/;
/** Fields of ServiceWorkerRegistrationData and ServiceWorkerResourceRecord (storage/service_worker/service_worker_database.proto). */
const REGISTRATION_VERSION_ID = 4;
const RESOURCE_BYTES = 3;

function surveyServiceWorkers(profile: string, totals: Totals): void {
  const directory = directoryBelow(profile, 'Service Worker', 'Database');
  if (directory === undefined) return;
  try {
    const rows = readLevelDb(directory, (key, value) => (isRegistrationOrResource(key) ? Buffer.from(value) : undefined));
    const owners = new Map<string, string>();
    for (const [key, value] of rows) {
      const storageKey = REGISTRATION.exec(key)?.[1];
      if (storageKey === undefined || value === undefined) continue;
      owners.set(String(numberOf(value, REGISTRATION_VERSION_ID)), storageKey);
      totals.add(storageKeyText(storageKey), 'serviceWorkers', 1, 0);
    }
    for (const [key, value] of rows) {
      const version = RESOURCE.exec(key)?.[1];
      if (version === undefined || value === undefined) continue;
      totals.add(storageKeyText(owners.get(version) ?? UNKNOWN_ORIGIN), 'serviceWorkers', 0, numberOf(value, RESOURCE_BYTES));
    }
  } catch {
    totals.add(UNKNOWN_ORIGIN, 'serviceWorkers', 0, treeBytes(directory)); // damaged
  }
}

const isRegistrationOrResource = (key: Buffer) =>
  key.subarray(0, 3).equals(Buffer.from('REG')) || key.subarray(0, 3).equals(Buffer.from('RES'));

const COUNTS: Record<Place['kind'], (profile: string, place: Place) => number> = {
  indexedDB: (profile, { paths: [database = ''] }) =>
    countIf(readLevelDb(join(profile, database), isRecord).values(), (isRecord) => isRecord),
  // A directory for each cache, in which each response has a file whose name ends so (net/disk_cache/simple).
  cacheStorage: (profile, { paths: [path = ''] }) =>
    listDirectory(join(profile, path)).directories.reduce(
      (sum, cache) => sum + countIf(listDirectory(join(profile, path, cache)).files, (name) => name.endsWith('_0')),
      0,
    ),
  fileSystem: (profile, { paths: [path = ''] }) =>
    countIf(readLevelDb(join(profile, path, 't', 'Paths'), isFile).values(), (isFile) => isFile),
};

function countEntries(profile: string, place: Place): number {
  try {
    return COUNTS[place.kind](profile, place);
  } catch {
    return 0; // damaged; its bytes are counted
  }
}

function countIf<T>(values: Iterable<T>, fits: (value: T) => boolean): number {
  let count = 0;
  for (const value of values) if (fits(value)) count += 1;
  return count;
}

const OBJECT_STORE_DATA = 1;

/** Whether a key is of a record of an object store, not of an index or of metadata (content/browser/indexed_db/docs/leveldb_coding_scheme.md). */
function isRecord(key: Buffer): boolean {
  const reader = new ByteReader(key);
  const lengths = reader.byte();
  const [database, store, index] = [((lengths >> 5) & 7) + 1, ((lengths >> 2) & 7) + 1, (lengths & 3) + 1].map((length) =>
    reader.take(length),
  );
  const isZero = (id: Buffer | undefined) => id === undefined || id.every((byte) => byte === 0);
  return !isZero(database) && !isZero(store) && index?.[0] === OBJECT_STORE_DATA && isZero(index.subarray(1));
}

/** Whether a row is of a file: one with a number for its key, whose pickle names where its contents are (sandbox_directory_database.cc). */
function isFile(key: Buffer, value: Buffer): boolean {
  if (!/^\d+$/.test(key.toString('latin1'))) return false;
  const reader = new ByteReader(value);
  reader.take(12); // the pickle's size, the parent's number
  return reader.uint32() > 0; // how long the path of its contents is
}
