export { actionTimeoutMs, type ExecuteParts, execute, executeFill } from './execute.js';
export { explain } from './explain.js';
export type { SecretFill } from './fill-secret.js';
export { boxOf } from './picture.js';
export { labelOf, locate } from './place.js';
