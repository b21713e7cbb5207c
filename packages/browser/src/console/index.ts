export { type ConsoleMessage, ConsoleWatch, type ConsoleWatchOptions } from './watch.js';
