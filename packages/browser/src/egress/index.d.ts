export { type Allowance, parseAllowance } from './allowances.js';
export { failureInAnswer } from './error-page.js';
export { ExitPool } from './exit-pool.js';
export { type EgressTimeouts, ForwardProxy, type ForwardProxyOptions } from './forward-proxy.js';
export { LocalAddresses } from './local-addresses.js';
export { EgressPolicy, type EgressPolicyOptions } from './policy.js';
export type { LoggedUrl } from './traffic-log.js';
export { UpstreamProxy } from './upstream-proxy.js';
//# sourceMappingURL=index.d.ts.map