export { BrowserPool } from './pool.js';
export { PreparedBrowser } from './prepared-browser.js';
