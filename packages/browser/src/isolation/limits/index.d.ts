export { sweepControlGroups } from './cgroup.js';
export { type GuardedBrowser, ResourceGuard, tryLimits } from './resource-guard.js';
export { canLimitTasks } from './task-limit.js';
//# sourceMappingURL=index.d.ts.map