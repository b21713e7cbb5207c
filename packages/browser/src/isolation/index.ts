export type { IsolatedBrowser, Isolation } from './isolation.js';
export { ProcessIsolation } from './process.js';
export { canOthersEnter, makeRunDirectory } from './run-directory.js';
