export type { VerifiedKey } from './api-keys.js';
export type { BrowserFilter } from './browsers.js';
export type { Claim, IdempotentRequest, StoredResponse } from './idempotency.js';
export type { Page, PageQuery } from './list-cursor.js';
export { syncDirectory } from './private-file.js';
export { Store, type StoreOptions } from './store.js';
export type { BrowserRecord } from './write-batch.js';
