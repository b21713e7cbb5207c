export { actionTimeoutMs } from './actions/index.js';
export type { ReadCookie } from './cookies.js';
export type { JsonObject } from './events.js';
export { Pages } from './pages.js';
export type { WantedTab } from './set-out.js';
export type { TabState } from './tab.js';
export type { TabList } from './tabs.js';
export { Watch } from './watch.js';
