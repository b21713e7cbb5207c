export { Browser, type BrowserEvent, type BrowserLimits, type BrowserOptions } from './browser.js';
export type { ClientEnd, ClientEndpoint, MultiplexerClient } from './cdp/index.js';
export { type FoundChromium, findChromium, howToInstall } from './chromium/index.js';
export { canOthersEnter, type Isolation, makeRunDirectory, ProcessIsolation } from './isolation/index.js';
export { Pages } from './page/index.js';
