export { Carrel, type CarrelOptions } from './client.js';
export {
  CarrelApiError,
  CarrelConnectionError,
  CarrelError,
  CarrelTimeoutError,
  type ClientErrorCode,
  isCarrelError,
} from './errors.js';
export { ERROR_STATUS, type ErrorCode } from './generated/errors.js';
export type { Bytes, CallOptions, CreateOptions, Fetch } from './http/transport.js';
export type { ApiKeys } from './resources/api-keys.js';
export { Browser } from './resources/browser.js';
export type { EventsOptions } from './resources/browser-events.js';
export type { BrowserCookies, BrowserFiles, BrowserTabs } from './resources/browser-parts.js';
export type { Browsers, KeepAliveOptions } from './resources/browsers.js';
export type { Page, PageList } from './resources/page-list.js';
export type { Projects } from './resources/projects.js';
export type * from './types.js';
