export { SandboxIsolation } from './sandbox.js';
export { trySandbox } from './trial.js';
