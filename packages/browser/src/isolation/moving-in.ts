import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { type BrowserHome, makeHome, removeHome } from './directories.js';
import type { IsolatedBrowser, LaunchRequest } from './isolation.js';
import type { GuardedBrowser, ResourceGuard } from './limits/index.js';
import type { UidAllocator } from './uids.js';

/** Who a browser is to the kernel, whichever browser it will be. */
export interface Lodging {
  uid: number | undefined;
  guarded: GuardedBrowser;
  /** Takes it back. After the browser's processes have ended. */
  release: () => Promise<void>;
}

/** What every browser has before its walls are built. */
export interface Quarters extends Omit<Lodging, 'release'> {
  home: BrowserHome;
  /** Takes all of it back. After the browser's processes have ended. */
  remove: () => Promise<void>;
}

/**
 * Takes a uid and makes limits, which are told apart from others by a name.
 * @throws {CarrelError} `launch_failed`
 */
export async function findLodging(
  name: string,
  { guard, uids }: { guard: ResourceGuard; uids: UidAllocator | undefined },
): Promise<Lodging> {
  const guarded = await guard.prepare(name);
  const uid = uids?.take();
  const release = async () => {
    try {
      await guarded.remove();
    } finally {
      if (uid !== undefined) uids?.release(uid);
    }
  };
  return { uid, guarded, release };
}

/**
 * Gives a browser that has a uid and limits its directories, and has its walls built round them; when that fails, nothing of it stays.
 * @throws {CarrelError} as `build` does, and `launch_failed` for whatever else breaks
 */
export async function moveIn(
  { id, fillProfile, priority = 'normal' }: LaunchRequest,
  { runDirectory, lodging }: { runDirectory: string; lodging: Lodging },
  build: (quarters: Quarters) => Promise<IsolatedBrowser>,
): Promise<IsolatedBrowser> {
  const { uid, guarded, release } = lodging;
  const path = join(runDirectory, id);
  const remove = async () => {
    try {
      await release();
    } finally {
      await removeHome(path);
    }
  };
  try {
    if (priority !== 'normal') guarded.prioritize(priority);
    return await build({ home: await makeHome(path, uid, fillProfile), uid, guarded, remove });
  } catch (cause) {
    await remove();
    throw cause instanceof CarrelError
      ? cause
      : new CarrelError('launch_failed', `Chromium could not be started: ${String(cause)}`, { cause });
  }
}
