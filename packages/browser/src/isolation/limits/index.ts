export { sweepControlGroups } from './cgroup.js';
export { MachineMemory } from './machine-memory.js';
export type { ResourceUse } from './meter.js';
export { type GuardedBrowser, ResourceGuard, tryLimits } from './resource-guard.js';
export { canLimitTasks } from './task-limit.js';
