export { sweepControlGroups } from './cgroup.js';
export { type GuardedBrowser, ResourceGuard } from './resource-guard.js';
