import { runInThread } from '../thread/index.js';
import type { LocalStorageItems } from './overlay.js';

const OVERLAY_TIMEOUT_MS = 20_000;

/**
 * Puts into a copy of a user-data-dir what open pages have in localStorage: Chromium itself writes it late, up to a minute after it was set.
 * All that these storage keys have there is replaced, unless Chromium wrote it after the pages were read; other storage keys keep what they have.
 * @param directory that no browser has open, or its copy
 * @param readAtMs Unix time in ms when the pages were read, or before
 * @throws {CarrelError} `profile_damaged`, `profile_hostile`
 */
export async function overlayLocalStorage(directory: string, items: readonly LocalStorageItems[], readAtMs: number): Promise<void> {
  if (items.length > 0) await runInThread('overlay', [directory, items, readAtMs], OVERLAY_TIMEOUT_MS);
}
