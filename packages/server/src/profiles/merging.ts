import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mergeProfiles, type ProfileArchive, type ProfileSnapshot } from '@carrel/browser';
import { CarrelError } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { NamedArchive } from './archives.js';

/** An archive in the store that cannot be used any more. */
const UNUSABLE: readonly string[] = ['profile_damaged', 'profile_foreign', 'profile_hostile'];

interface MergeOptions {
  readonly profileId: string;
  /** As `Archives.open`. */
  readonly open: (named: NamedArchive) => Promise<ProfileArchive>;
  /** Null: there is none. */
  readonly base: NamedArchive | null;
  readonly theirs: NamedArchive;
  readonly mine: ProfileSnapshot;
  readonly logger: Logger;
}

/**
 * Merges what two browsers made of a profile, beside the snapshot of the one; all of it is gone when `use` is done.
 * @returns null, without `use`, when what the other saved cannot be read any more, or not be merged
 */
export async function withMerged<T>(options: MergeOptions, use: (merged: ProfileSnapshot) => Promise<T>): Promise<T | null> {
  const { mine, logger } = options;
  const home = await mkdtemp(join(dirname(mine.directory), 'merge-'));
  try {
    const theirs = await unpack(options, options.theirs, join(home, 'theirs'));
    if (theirs === null) return null;
    const base = options.base === null ? null : await unpack(options, options.base, join(home, 'base'));
    const merged = await merge(base, theirs, options, join(home, 'merged'));
    return merged === null ? null : await use(merged);
  } finally {
    await rm(home, { recursive: true, force: true }).catch((error: unknown) => {
      // It is in the browser's own home, which is removed as a whole, and swept at the next start.
      logger.warn({ err: error }, 'what was unpacked for a merge could not be removed');
    });
  }
}

/** What cannot be merged, for what a page has made of its databases, is not to be lost for that: both are in the history. */
async function merge(
  base: ProfileSnapshot | null,
  theirs: ProfileSnapshot,
  { mine, profileId, logger }: MergeOptions,
  directory: string,
): Promise<ProfileSnapshot | null> {
  try {
    await mkdir(directory, { mode: 0o700 });
    return { state: await mergeProfiles({ base, theirs, mine, directory }), directory };
  } catch (error) {
    logger.error(
      { err: error, profileId },
      'what two browsers made of a profile could not be merged: the last one is as it is, the other in the history',
    );
    return null;
  }
}

async function unpack({ open, profileId, logger }: MergeOptions, named: NamedArchive, directory: string): Promise<ProfileSnapshot | null> {
  try {
    await using archive = await open(named);
    await mkdir(directory, { mode: 0o700 });
    await archive.extract(directory, undefined);
    return { state: archive.state, directory };
  } catch (error) {
    if (!(error instanceof CarrelError) || !UNUSABLE.includes(error.code)) throw error;
    logger.error(
      { err: error, profileId, archive: named.objectName },
      'a version of a profile cannot be merged with, as it cannot be read any more',
    );
    return null;
  }
}
