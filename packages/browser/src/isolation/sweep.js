import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLine, findProcesses, killTree } from '../chromium/index.js';
import { removeHome } from './directories.js';
import { sweepControlGroups } from './limits/index.js';
import { UidAllocator } from './uids.js';
/**
 * Ends and deletes what an earlier server with the same run directory left behind, whichever walls it had built: browsers' processes, the
 * walls' own, directories and control groups. Returns the browsers' ids.
 */
export async function sweepRunDirectory(runDirectory) {
    const ids = await readdir(runDirectory);
    await Promise.all(ids.map(async (id) => {
        const home = join(runDirectory, id);
        // Chromium is told of its user-data-dir, and what walls it in of the directories that it is let into.
        for (const pid of findProcesses(({ pid }) => commandLine(pid).includes(`${home}/`)))
            await killTree(pid, undefined);
        await killUid(join(home, 'profile'));
        await removeHome(home);
    }));
    await sweepControlGroups(runDirectory);
    return ids;
}
/** Ends whatever runs under the uid that a left-over profile directory belongs to. */
async function killUid(profile) {
    const uid = await stat(profile).then((entry) => entry.uid, () => undefined);
    if (uid === undefined || uid === process.getuid?.() || !UidAllocator.isOurs(uid))
        return;
    for (const pid of findProcesses((entry) => entry.uid === uid))
        await killTree(pid, uid);
}
//# sourceMappingURL=sweep.js.map