export { parseAllowance } from './allowances.js';
export { failureInAnswer } from './error-page.js';
export { ExitPool } from './exit-pool.js';
export { ForwardProxy } from './forward-proxy.js';
export { LocalAddresses } from './local-addresses.js';
export { EgressPolicy } from './policy.js';
export { UpstreamProxy } from './upstream-proxy.js';
//# sourceMappingURL=index.js.map