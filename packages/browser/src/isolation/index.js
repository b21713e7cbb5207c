export { chooseIsolation } from './choose.js';
export { tryLimits } from './limits/index.js';
export { ProcessIsolation } from './process.js';
export { canOthersEnter, makeRunDirectory } from './run-directory.js';
export { SandboxIsolation, trySandbox } from './sandbox/index.js';
//# sourceMappingURL=index.js.map