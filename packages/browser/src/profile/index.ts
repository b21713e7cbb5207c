export { copyKept, openArchive, sealArchive } from './archive/index.js';
export { type BrowserProfileOptions, ProfileKeeper, type SaveTrigger } from './keeper.js';
export { mergeProfiles } from './merge/index.js';
export type { ProfileArchive, ProfileSnapshot, ProfileState } from './state.js';
export { surveyProfile } from './survey/index.js';
export {
  fromPlaywrightCookies,
  parseNetscape,
  readStorage,
  TRANSFER_MESSAGE_BYTES,
  toCookiesToSet,
  toNetscape,
  toPlaywrightCookies,
  writeStorage,
} from './transfer/index.js';
