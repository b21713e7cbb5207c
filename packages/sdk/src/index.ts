export { Carrel, type CarrelOptions } from './client.js';
export {
  CarrelApiError,
  CarrelConnectionError,
  CarrelError,
  CarrelTaskError,
  CarrelTimeoutError,
  CarrelUnsavedError,
  type ClientErrorCode,
  isCarrelError,
} from './errors.js';
export { ERROR_STATUS, type ErrorCode } from './generated/errors.js';
export type { Bytes, CallOptions, CreateOptions, Fetch, PlainRequest } from './http/transport.js';
export type { ApiKeys } from './resources/api-keys.js';
export type { AuditEvents } from './resources/audit-events.js';
export { Browser } from './resources/browser.js';
export type { BrowserCookies, BrowserFiles, BrowserTabs } from './resources/browser-parts.js';
export type { Browsers, KeepAliveOptions } from './resources/browsers.js';
export type { Dashboard } from './resources/dashboard.js';
export type { EndUser, EndUserCredentials, EndUsers } from './resources/end-users.js';
export type { EventsOptions } from './resources/event-log.js';
export type { Events } from './resources/events.js';
export type { MasterKey } from './resources/master-key.js';
export type { Page, PageList } from './resources/page-list.js';
export type { Profiles } from './resources/profiles.js';
export type { Projects } from './resources/projects.js';
export type { RecordingFrame, Recordings } from './resources/recordings.js';
export type { Sessions } from './resources/sessions.js';
export { isTerminal, type RunOptions, resultOf, type Tasks, type WaitOptions } from './resources/tasks.js';
export type { Webhooks } from './resources/webhooks.js';
export type * from './types.js';
export { type VerifyWebhookOptions, verifyWebhook, type WebhookHeaders } from './verify-webhook.js';
