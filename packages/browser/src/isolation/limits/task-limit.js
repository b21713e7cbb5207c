import { release } from 'node:os';
/** Since then, RLIMIT_NPROC counts the tasks of a user namespace apart from the other ones of the uid (Linux commit 21d1c5e386bc). */
const COUNTS_BY_NAMESPACE = [5, 14];
/**
 * Whether RLIMIT_NPROC (getrlimit(2)) can limit the tasks of one browser: it counts those of a uid, which has to be the browser's own, or
 * with newer kernels those of a user namespace, which it has in a sandbox.
 */
export function canLimitTasks(level, hasOwnUid, kernel = release()) {
    if (hasOwnUid)
        return true;
    if (level === 'process')
        return false;
    const [major = 0, minor = 0] = kernel.split('.').map((part) => Number.parseInt(part, 10));
    return major > COUNTS_BY_NAMESPACE[0] || (major === COUNTS_BY_NAMESPACE[0] && minor >= COUNTS_BY_NAMESPACE[1]);
}
//# sourceMappingURL=task-limit.js.map