import { rmdir } from 'node:fs/promises';
import { copyKept } from '../archive/index.js';
import type { KeptPermission, ProfileSnapshot, ProfileState } from '../state.js';
import { runInThread } from '../thread/index.js';
import { mergeCookies } from './cookies.js';

const MERGE_TIMEOUT_MS = 120_000;

export interface MergeOptions {
  /** What both began from; null: from nothing. */
  base: ProfileSnapshot | null;
  /** What another browser has saved meanwhile. */
  theirs: ProfileSnapshot;
  mine: ProfileSnapshot;
  /** New and empty. The merged files are in it afterwards; when merging fails, it is to be removed. */
  directory: string;
}

/**
 * Merges what two browsers made of one profile.
 *
 * Cookies are merged one by one. All other storage is merged by storage key (an origin, or an origin in pages of another site): what only one
 * side changed is as that side has it, and what both changed is as the side has it that changed it last. All that a storage key has
 * (localStorage, IndexedDB, Cache Storage, service workers, its file system, its buckets) comes from one side, since sites spread over them
 * what is of use only together. Whether something was changed is told by what it holds, not by its files.
 *
 * Permissions are those of both, with mine where both have one. Open tabs, identity and version are mine. Not merged, and as mine has them:
 * what cannot be read whose it is, and, when the two were saved by Chromiums whose service workers are kept in different formats, these.
 * @throws {CarrelError} `profile_damaged`, `profile_hostile`: a database that storage keys share cannot be read on one of the sides
 */
export async function mergeProfiles({ base, theirs, mine, directory }: MergeOptions): Promise<ProfileState> {
  const side = ({ state }: ProfileSnapshot, directory: string) => ({ directory, savedAtMs: Date.parse(state.savedAt) });
  await rmdir(directory); // it is made anew
  await copyKept(mine.directory, directory);
  await runInThread('merge', [base?.directory ?? null, side(theirs, theirs.directory), side(mine, directory)], MERGE_TIMEOUT_MS);
  return {
    ...mine.state,
    savedAt: new Date().toISOString(),
    cookies: mergeCookies(base?.state.cookies ?? [], theirs.state, mine.state),
    permissions: mergePermissions(theirs.state.permissions, mine.state.permissions),
  };
}

/** Mine come last, in their order: what is said of permissions later holds. */
function mergePermissions(theirs: readonly KeptPermission[], mine: readonly KeptPermission[]): KeptPermission[] {
  const nameOf = (kept: KeptPermission) =>
    JSON.stringify([kept.origin, kept.kind === 'granted' ? '' : Object.entries(kept.permission).sort()]);
  const inMine = new Set(mine.map(nameOf));
  return [...theirs.filter((kept) => !inMine.has(nameOf(kept))), ...mine];
}
