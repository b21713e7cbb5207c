import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { directoryBelow } from '../leveldb/index.js';
import { type Bucket, readBuckets } from '../survey/buckets.js';
import { findPlaces } from '../survey/places.js';
import { UNKNOWN_ORIGIN } from '../survey/storage-key.js';
import { Contents, readContents } from './contents.js';
import { copyTree } from './copy.js';
import { decide } from './decide.js';
import { takeBuckets } from './take-buckets.js';
import { takeLocalStorage } from './take-local-storage.js';
import { takeDirectories, takeFileSystems } from './take-places.js';
import { takeServiceWorkers } from './take-service-workers.js';

/** What of a user-data-dir is kept, below `Default`. */
const KEPT: readonly (readonly string[])[] = [
  ['Local Storage', 'leveldb'],
  ['IndexedDB'],
  ['Service Worker', 'Database'],
  ['Service Worker', 'ScriptCache'],
  ['Service Worker', 'CacheStorage'],
  ['File System'],
  ['WebStorage'],
];

export interface MergeSide {
  directory: string;
  savedAtMs: number;
}

interface Opened {
  profile: string;
  buckets: Bucket[];
  contents: Contents;
}

/** See `mergeProfiles`: the files of it, in a thread. */
export function mergeDirectories(baseDirectory: string | null, theirs: MergeSide, mine: MergeSide, directory: string): void {
  const target = join(directory, 'Default');
  mkdirSync(target, { recursive: true });
  const base = baseDirectory === null ? undefined : open(baseDirectory, directory);
  const [from, to] = [open(theirs.directory, directory), open(mine.directory, directory)];
  for (const path of KEPT) {
    const source = to === undefined ? undefined : directoryBelow(to.profile, ...path);
    if (source === undefined) continue;
    mkdirSync(dirname(join(target, ...path)), { recursive: true });
    copyTree(source, join(target, ...path));
  }
  if (from === undefined) return;
  const storageKeys = new Set(
    keysOfTheirs(base, { ...theirs, ...from }, { savedAtMs: mine.savedAtMs, contents: to?.contents ?? new Contents() }),
  );
  takeLocalStorage(from.profile, target, storageKeys);
  takeServiceWorkers(from.profile, target, storageKeys);
  takeFileSystems(from.profile, target, storageKeys);
  const buckets = to?.buckets ?? [];
  const placesOf = (profile: string, buckets: readonly Bucket[]) =>
    findPlaces(profile, buckets).filter(({ storageKey }) => storageKeys.has(storageKey));
  takeDirectories(from.profile, target, placesOf(from.profile, from.buckets), placesOf(target, buckets));
  takeBuckets(from, { profile: target, buckets }, storageKeys);
}

/** @param scratch where a copy of a database may be for the time */
function open(directory: string, scratch: string): Opened | undefined {
  const profile = directoryBelow(directory, 'Default');
  if (profile === undefined) return undefined;
  const buckets = readBuckets(profile, scratch);
  return { profile, buckets, contents: readContents(profile, buckets) };
}

type Timed = Pick<Opened, 'contents'> & { savedAtMs: number };

/** The storage keys that are to have what they have there. */
function keysOfTheirs(base: Opened | undefined, theirs: Timed, mine: Timed): string[] {
  const all = new Set([base, theirs, mine].flatMap((side) => side?.contents.storageKeys() ?? []));
  all.delete(UNKNOWN_ORIGIN);
  const side = ({ contents, savedAtMs }: Timed, storageKey: string) => ({ parts: contents.of(storageKey) ?? new Map(), savedAtMs });
  return [...all].filter((key) => decide(base?.contents.of(key), side(theirs, key), side(mine, key)) === 'theirs');
}
