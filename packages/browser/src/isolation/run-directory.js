import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
/**
 * Makes the directory that holds the directories of running browsers, one for each data directory, and returns its path.
 *
 * It is `<dataDir>/run` where that can be used. Browsers with uids of their own cannot enter a directory below a closed parent (a home or
 * temporary directory of mode 0700), so that it then goes to the first place that everybody may pass through, under a name made from the
 * data directory's path: the next server of this data directory finds what a dead one left, and no other's.
 */
export async function makeRunDirectory(dataDir, options) {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const home = await realpath(dataDir);
    if (!options.othersMustEnter)
        return makeOwn(join(home, 'run'), 0o700);
    if (await canOthersEnter(home))
        return makeOwn(join(home, 'run'), 0o711);
    const name = `carrel-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
    for (const parent of [tmpdir(), '/run', '/tmp', '/var/tmp']) {
        if (await canOthersEnter(parent))
            return makeOwn(join(await realpath(parent), name), 0o711);
    }
    throw new CarrelError('launch_failed', `Browsers run under uids of their own, and neither ${home} nor a temporary directory lets them in.`);
}
/** Whether a uid other than the owners' may pass through a directory and all its parents. */
export async function canOthersEnter(path) {
    const isOpen = await stat(path).then((entry) => entry.isDirectory() && (entry.mode & 0o001) !== 0, () => false);
    if (!isOpen)
        return false;
    const parent = dirname(path);
    return parent === path || canOthersEnter(parent);
}
/** Makes a directory that belongs to us, or refuses one that somebody else has put there. */
async function makeOwn(path, mode) {
    await mkdir(path, { mode }).catch((error) => {
        if (error.code !== 'EEXIST')
            throw error;
    });
    const entry = await lstat(path);
    if (!entry.isDirectory() || entry.uid !== process.getuid?.()) {
        throw new CarrelError('launch_failed', `${path} exists and is not a directory of ours; remove it.`);
    }
    await chmod(path, mode);
    return path;
}
//# sourceMappingURL=run-directory.js.map