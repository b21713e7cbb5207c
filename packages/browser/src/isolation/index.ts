export type { BrowserDirectories, IsolatedBrowser, Isolation, LaunchRequest } from './isolation.js';
export { ProcessIsolation, type ProcessIsolationOptions } from './process.js';
export { canOthersEnter, makeRunDirectory } from './run-directory.js';
