export { describeChromium } from './describe.js';
export { findChromium, howToInstall } from './find.js';
export { chromiumFlags } from './flags.js';
export { writePreferences } from './preferences.js';
export { ChromiumProcess } from './process.js';
export { commandLine, findProcesses, killTree } from './process-tree.js';
//# sourceMappingURL=index.js.map