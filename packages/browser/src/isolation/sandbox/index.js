export { SandboxIsolation } from './sandbox.js';
export { trySandbox } from './trial.js';
//# sourceMappingURL=index.js.map