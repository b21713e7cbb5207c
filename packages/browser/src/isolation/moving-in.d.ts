import { type BrowserHome } from './directories.js';
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
export declare function moveIn({ id, fillProfile }: LaunchRequest, { runDirectory, guard, uids }: QuartersOptions, build: (quarters: Quarters) => Promise<IsolatedBrowser>): Promise<IsolatedBrowser>;
//# sourceMappingURL=moving-in.d.ts.map