export { BrowserPool, type BrowserPoolOptions, type Taken } from './pool.js';
export { PreparedBrowser, type Wish } from './prepared-browser.js';
