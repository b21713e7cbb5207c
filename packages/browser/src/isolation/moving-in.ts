import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { type BrowserHome, makeHome, removeHome } from './directories.js';
import type { IsolatedBrowser, LaunchRequest } from './isolation.js';
import type { GuardedBrowser, ResourceGuard } from './limits/index.js';
import type { UidAllocator } from './uids.js';

/** What every browser has before its walls are built. */
export interface Quarters {
  home: BrowserHome;
  uid: number | undefined;
  guarded: GuardedBrowser;
  /** Takes all of it back. After the browser's processes have ended. */
  remove: () => Promise<void>;
}

export interface QuartersOptions {
  runDirectory: string;
  guard: ResourceGuard;
  uids: UidAllocator | undefined;
}

/**
 * Gives a browser a uid, limits and directories, and has its walls built round them; when that fails, nothing of it stays.
 * @throws {CarrelError} as `build` does, and `launch_failed` for whatever else breaks
 */
export async function moveIn(
  { id, fillProfile, priority }: LaunchRequest,
  { runDirectory, guard, uids }: QuartersOptions,
  build: (quarters: Quarters) => Promise<IsolatedBrowser>,
): Promise<IsolatedBrowser> {
  const uid = uids?.take();
  const path = join(runDirectory, id);
  let guarded: GuardedBrowser | undefined;
  const remove = async () => {
    try {
      await guarded?.remove();
    } finally {
      await removeHome(path);
      if (uid !== undefined) uids?.release(uid);
    }
  };
  try {
    guarded = await guard.prepare(id, priority);
    return await build({ home: await makeHome(path, uid, fillProfile), uid, guarded, remove });
  } catch (cause) {
    await remove();
    throw cause instanceof CarrelError
      ? cause
      : new CarrelError('launch_failed', `Chromium could not be started: ${String(cause)}`, { cause });
  }
}
