export { type ChromiumFacts, describeChromium } from './describe.js';
export { type FoundChromium, findChromium, howToInstall } from './find.js';
export { chromiumFlags } from './flags.js';
export { writePreferences } from './preferences.js';
export { ChromiumProcess, type ProcessExit } from './process.js';
export { commandLine, findProcesses, killTree, signalGroup } from './process-tree.js';
