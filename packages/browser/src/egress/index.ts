export { type Allowance, parseAllowance } from './allowances.js';
export type { EgressFailure } from './failure.js';
export { type EgressTimeouts, ForwardProxy, type ForwardProxyOptions } from './forward-proxy.js';
export { EgressPolicy, type EgressPolicyOptions } from './policy.js';
export type { LoggedUrl } from './traffic-log.js';
export { type PoolEntry, UpstreamProxy } from './upstream-proxy.js';
