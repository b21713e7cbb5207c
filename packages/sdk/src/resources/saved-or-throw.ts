import { CarrelUnsavedError } from '../errors.js';
import type { BrowserInfo } from '../types.js';

/** A browser that has ended, unless it was to be saved and was not: whoever asked for that must not take it for done. */
export function savedOrThrow(info: BrowserInfo): BrowserInfo {
  const { profile } = info;
  if (profile?.persist && profile.error !== null) throw new CarrelUnsavedError(info, profile, profile.error);
  return info;
}
