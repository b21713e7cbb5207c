export { type ConsoleMessage, ConsoleWatch } from './watch.js';
