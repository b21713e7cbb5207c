export { sweepControlGroups } from './cgroup.js';
export { ResourceGuard, tryLimits } from './resource-guard.js';
export { canLimitTasks } from './task-limit.js';
//# sourceMappingURL=index.js.map