export type { JsonObject } from './events.js';
export { Pages } from './pages.js';
