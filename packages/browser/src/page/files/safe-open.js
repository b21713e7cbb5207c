import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { CarrelError } from '@carrel/protocol';
/**
 * Opens a file that a compromised browser may have put in place of the right one: no link is followed, and what was opened must be a
 * regular file that belongs to `uid` and has no second name (a hard link to a file of somebody else).
 * @throws {CarrelError} `not_found`
 */
export async function openUntrusted(path, uid, name) {
    const gone = (cause) => new CarrelError('not_found', `The file ${JSON.stringify(name)} is no longer there or is not a plain file.`, { cause });
    // O_NONBLOCK: opening a pipe would otherwise wait for its other end.
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = await open(path, flags).catch((cause) => {
        throw gone(cause);
    });
    const stat = await handle.stat();
    const owner = uid ?? process.getuid?.();
    if (stat.isFile() && stat.nlink === 1 && (owner === undefined || stat.uid === owner))
        return { handle, sizeBytes: stat.size };
    await handle.close();
    throw gone();
}
/** The content as long as it was when it was opened, not a byte more. The handle is closed at the end. */
export async function streamOf({ handle, sizeBytes }) {
    if (sizeBytes > 0)
        return handle.createReadStream({ end: sizeBytes - 1 });
    await handle.close();
    return Readable.from([]);
}
//# sourceMappingURL=safe-open.js.map