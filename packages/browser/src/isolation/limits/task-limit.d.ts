import type { IsolationLevel } from '@carrel/protocol';
/**
 * Whether RLIMIT_NPROC (getrlimit(2)) can limit the tasks of one browser: it counts those of a uid, which has to be the browser's own, or
 * with newer kernels those of a user namespace, which it has in a sandbox.
 */
export declare function canLimitTasks(level: IsolationLevel, hasOwnUid: boolean, kernel?: string): boolean;
//# sourceMappingURL=task-limit.d.ts.map