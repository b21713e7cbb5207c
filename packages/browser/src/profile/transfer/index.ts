export {
  fromPlaywrightCookies,
  parseNetscape,
  toCookiesToSet,
  toNetscape,
  toPlaywrightCookies,
} from './cookies.js';
export { readStorage, TRANSFER_MESSAGE_BYTES, writeStorage } from './storage.js';
