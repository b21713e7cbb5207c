export { chooseIsolation } from './choose.js';
export type { BrowserDirectories, IsolatedBrowser, Isolation, IsolationIncident, LaunchRequest, Priority } from './isolation.js';
export { MachineMemory, type ResourceUse, tryLimits } from './limits/index.js';
export type { IsolationOptions, ResourceLimits } from './options.js';
export { ProcessIsolation, type ProcessIsolationOptions } from './process.js';
export { canOthersEnter, makeRunDirectory } from './run-directory.js';
export { SandboxIsolation, trySandbox } from './sandbox/index.js';
