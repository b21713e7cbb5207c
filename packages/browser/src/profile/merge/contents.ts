import { join } from 'node:path';
import { directoryBelow, listDirectory, readBounded, readLevelDb } from '../leveldb/index.js';
import type { Bucket } from '../survey/buckets.js';
import { changedAtMsOf, parseMetaRow, parseRow } from '../survey/local-storage-rows.js';
import { findPlaces, type Place } from '../survey/places.js';
import { readFields, textOf } from '../survey/protobuf.js';
import { storageKeyText } from '../survey/storage-key.js';
import type { Part } from './decide.js';
import { digestFiles, digestOf, newestFile } from './digest.js';
import { readServiceWorkers } from './service-worker-database.js';

const MAX_INDEX_BYTES = 16 * 1024 * 1024;

/** All that storage keys have stored, in parts. */
export class Contents {
  readonly #parts = new Map<string, Map<string, Part>>();

  /** One after the other where two places hold the same part. */
  add(storageKey: string, name: string, part: Part): void {
    const parts = this.#parts.get(storageKey) ?? new Map<string, Part>();
    const before = parts.get(name);
    parts.set(
      name,
      before === undefined
        ? part
        : { digest: digestOf([before.digest, part.digest]), changedAtMs: Math.max(before.changedAtMs, part.changedAtMs) },
    );
    this.#parts.set(storageKey, parts);
  }

  of(storageKey: string): ReadonlyMap<string, Part> | undefined {
    return this.#parts.get(storageKey);
  }

  storageKeys(): string[] {
    return [...this.#parts.keys()];
  }
}

/**
 * Reads a profile's directory `Default`.
 * @throws {CarrelError} `profile_damaged` when a database cannot be read that several storage keys share: it cannot be told what they had
 */
export function readContents(profile: string, buckets: readonly Bucket[]): Contents {
  const contents = new Contents();
  addLocalStorage(profile, contents);
  for (const { storageKey, digest, changedAtMs } of readServiceWorkers(profile)?.registrations ?? []) {
    contents.add(storageKeyText(storageKey), 'serviceWorkers', { digest, changedAtMs });
  }
  const names = new Map(buckets.map(({ id, name }) => [id, name]));
  for (const { storageKey, name } of buckets) {
    if (name !== '_default') contents.add(storageKeyText(storageKey), `bucket ${name}`, { digest: '', changedAtMs: 0 });
  }
  for (const place of findPlaces(profile, buckets)) {
    const bucket = place.bucketId === undefined ? '_default' : (names.get(place.bucketId) ?? '');
    contents.add(place.storageKey, `${place.kind} ${bucket}`, readPlace(profile, place));
  }
  return contents;
}

function addLocalStorage(profile: string, contents: Contents): void {
  const directory = directoryBelow(profile, 'Local Storage', 'leveldb');
  if (directory === undefined) return;
  const times = new Map<string, number>();
  const rows = new Map<string, string[]>();
  const read = readLevelDb(directory, (key, value) => {
    const meta = parseMetaRow(key.toString('latin1'));
    return meta === undefined ? digestOf([key, value]) : changedAtMsOf(value);
  });
  for (const [key, value] of read) {
    const meta = parseMetaRow(key);
    const row = parseRow(key);
    if (meta !== undefined && !meta.isAccess) times.set(meta.storageKey, Number(value));
    if (row === undefined) continue;
    const digests = rows.get(row.storageKey);
    if (digests === undefined) rows.set(row.storageKey, [String(value)]);
    else digests.push(String(value));
  }
  for (const [storageKey, digests] of rows) {
    contents.add(storageKeyText(storageKey), 'localStorage', {
      digest: digestOf(digests.sort()),
      changedAtMs: times.get(storageKey) ?? 0,
    });
  }
}

const DIGESTS: Record<Place['kind'], (directory: string) => string> = {
  indexedDB: digestIndexedDb,
  cacheStorage: digestCaches,
  fileSystem: digestFileSystem,
};

function readPlace(profile: string, { kind, paths: [path = ''] }: Place): Part {
  const directory = join(profile, path);
  const changedAtMs = newestFile(directory);
  try {
    return { digest: DIGESTS[kind](directory), changedAtMs };
  } catch {
    return { digest: digestFiles(directory, () => true), changedAtMs }; // damaged: it is as it is
  }
}

/** Whether a row of IndexedDB is about a database. The others are about all of them, among them when it was last swept. */
const isOfDatabase = (key: Buffer) => !key.subarray(0, 4).equals(Buffer.alloc(4)) || key[4] === DATABASE_NAME;
const DATABASE_NAME = 201;

function digestIndexedDb(directory: string): string {
  const rows = readLevelDb(directory, (key, value) => (isOfDatabase(key) ? digestOf([key, value]) : ''));
  return digestOf([...rows.values()].filter((digest) => digest !== '').sort());
}

/** Fields of CacheStorageIndex, and of a cache in it. */
const CACHE = 1;
const CACHE_NAME = 1;
const CACHE_DIRECTORY = 2;

function digestCaches(directory: string): string {
  const index = readBounded(join(directory, 'index.txt'), MAX_INDEX_BYTES);
  const { directories } = listDirectory(directory);
  const digests: string[] = [];
  for (const { number, value } of readFields(index)) {
    if (number !== CACHE || !Buffer.isBuffer(value)) continue;
    const name = textOf(value, CACHE_DIRECTORY);
    const entries = directories.includes(name) ? digestFiles(join(directory, name), (file) => /^[0-9a-f]{16}_[01s]$/.test(file)) : '';
    digests.push(digestOf([textOf(value, CACHE_NAME), entries]));
  }
  return digestOf(digests.sort());
}

function digestFileSystem(directory: string): string {
  const rows = readLevelDb(join(directory, 't', 'Paths'), (key, value) => digestOf([key, value]));
  const entries = [...rows].filter(([key]) => !key.startsWith('LAST_')).map(([, digest]) => digest);
  return digestOf([...entries.sort(), digestFiles(directory, (name, path) => !path.includes('t/Paths/') && name !== '.usage')]);
}
