import { type Architecture } from './syscalls.js';
/**
 * The filter of system calls that a sandboxed browser runs under, as the `sock_filter` array that seccomp(2) takes: what namespaces leave
 * open is closed, everything else goes through, and Chromium's own, far stricter filters go on top.
 */
export declare function seccompFilter(architecture: Architecture): Uint8Array;
//# sourceMappingURL=seccomp.d.ts.map