export type { JsonObject } from './events.js';
export { type PageFiles, Pages, type PagesOptions } from './pages.js';
