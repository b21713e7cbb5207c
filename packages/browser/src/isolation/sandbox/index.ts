export { SandboxIsolation } from './sandbox.js';
export { type NoSandbox, trySandbox } from './trial.js';
