import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { makeHome, removeHome } from './directories.js';
/**
 * Gives a browser a uid, limits and directories, and has its walls built round them; when that fails, nothing of it stays.
 * @throws {CarrelError} as `build` does, and `launch_failed` for whatever else breaks
 */
export async function moveIn({ id, fillProfile }, { runDirectory, guard, uids }, build) {
    const uid = uids?.take();
    const path = join(runDirectory, id);
    let guarded;
    const remove = async () => {
        try {
            await guarded?.remove();
        }
        finally {
            await removeHome(path);
            if (uid !== undefined)
                uids?.release(uid);
        }
    };
    try {
        guarded = await guard.prepare(id);
        return await build({ home: await makeHome(path, uid, fillProfile), uid, guarded, remove });
    }
    catch (cause) {
        await remove();
        throw cause instanceof CarrelError
            ? cause
            : new CarrelError('launch_failed', `Chromium could not be started: ${String(cause)}`, { cause });
    }
}
//# sourceMappingURL=moving-in.js.map