export type { ReadCookie } from './cookies.js';
export type { JsonObject } from './events.js';
export { Pages } from './pages.js';
export type { WantedTab } from './set-out.js';
