import { directoryBelow } from '../leveldb/index.js';
import { type Bucket, readBuckets } from '../survey/buckets.js';
import { findPlaces } from '../survey/places.js';
import { UNKNOWN_ORIGIN } from '../survey/storage-key.js';
import { type Contents, readContents } from './contents.js';
import { decide } from './decide.js';
import { takeBuckets } from './take-buckets.js';
import { takeLocalStorage } from './take-local-storage.js';
import { takeDirectories, takeFileSystems } from './take-places.js';
import { takeServiceWorkers } from './take-service-workers.js';

export interface MergeSide {
  directory: string;
  savedAtMs: number;
}

interface Opened {
  profile: string;
  buckets: Bucket[];
  contents: Contents;
}

/**
 * See `mergeProfiles`: the files of it, in a thread.
 * @param mine what is kept of mine, in a directory of ours, which is then what is kept of both
 */
export function mergeDirectories(baseDirectory: string | null, theirs: MergeSide, mine: MergeSide): void {
  const scratch = mine.directory;
  const base = baseDirectory === null ? undefined : open(baseDirectory, scratch);
  const [from, to] = [open(theirs.directory, scratch), open(mine.directory, scratch)];
  if (from === undefined || to === undefined) return;
  const storageKeys = new Set(keysOfTheirs(base, { ...theirs, ...from }, { ...mine, ...to }));
  const placesOf = ({ profile, buckets }: Opened) => findPlaces(profile, buckets).filter(({ storageKey }) => storageKeys.has(storageKey));
  const [theirPlaces, myPlaces] = [placesOf(from), placesOf(to)];
  takeLocalStorage(from.profile, to.profile, storageKeys);
  takeServiceWorkers(from.profile, to.profile, storageKeys);
  takeFileSystems(from.profile, to.profile, storageKeys);
  takeDirectories(from.profile, to.profile, theirPlaces, myPlaces);
  takeBuckets(from, to, storageKeys);
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
