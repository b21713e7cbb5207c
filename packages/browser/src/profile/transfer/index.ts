export {
  fromPlaywrightCookies,
  parseNetscape,
  toCookiesToSet,
  toNetscape,
  toPlaywrightCookies,
} from './cookies.js';
export { type ReadStorage, type ReadStorageOptions, readStorage, TRANSFER_MESSAGE_BYTES, writeStorage } from './storage.js';
