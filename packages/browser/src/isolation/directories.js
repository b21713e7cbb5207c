import { execFile } from 'node:child_process';
import { chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writePreferences } from '../chromium/index.js';
/** Makes the directories of a browser, those that it writes to as `uid`'s. */
export async function makeHome(path, uid, fillProfile) {
    const closed = uid === undefined ? 0o700 : 0o711;
    await mkdir(path, { mode: closed });
    const own = async (name) => {
        const directory = join(path, name);
        await mkdir(directory, { mode: 0o700 });
        if (uid !== undefined)
            await chown(directory, uid, uid);
        return directory;
    };
    const uploads = join(path, 'uploads');
    const [profile, downloads, temporary] = await Promise.all([
        own('profile'),
        own('downloads'),
        own('tmp'),
        mkdir(uploads, { mode: closed }),
    ]);
    await fillProfile?.(profile, uid);
    await writePreferences(profile, uid);
    return { path, directories: { profile, downloads, uploads }, temporary };
}
/** Removes the directories of a browser, whatever it has made of those that it may write to. */
export async function removeHome(path) {
    try {
        await rm(path, { recursive: true, force: true, maxRetries: 3 });
    }
    catch (error) {
        const { code = '' } = error;
        if (!['ENAMETOOLONG', 'EACCES'].includes(code))
            throw error;
        const run = promisify(execFile);
        // A directory that the browser has closed is closed to us too, where we are not root.
        if (code === 'EACCES')
            await run('/bin/chmod', ['-R', 'u+rwx', '--', path]);
        // Directories in directories, deeper than a path may be long: `rm` goes down step by step.
        await run('/bin/rm', ['-rf', '--', path]);
    }
}
//# sourceMappingURL=directories.js.map