export { type FindOptions, type FoundChromium, findChromium, howToInstall } from './find.js';
export { chromiumFlags, type FlagOptions } from './flags.js';
export { ChromiumProcess, type ProcessExit, type SpawnOptions } from './process.js';
export { commandLine, findProcesses, killTree } from './process-tree.js';
