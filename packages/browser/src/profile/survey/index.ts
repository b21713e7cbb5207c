import type { OriginContents } from '@carrel/protocol';
import { runInThread } from '../thread/index.js';
import { UNKNOWN_ORIGIN } from './storage-key.js';

const SURVEY_TIMEOUT_MS = 20_000;

/**
 * What origins have stored in a user-data-dir: names, counts and sizes, never a value. Never rejects: a save is not to fail for what
 * the browser's databases are like. What cannot be read is counted as of the origin `unknown`, as is everything when it takes too long.
 */
export async function surveyProfile(directory: string): Promise<{ origins: OriginContents[] }> {
  try {
    return { origins: await runInThread('survey', [directory], SURVEY_TIMEOUT_MS) };
  } catch {
    const nothing = { entries: 0, bytes: 0 };
    const unknown = { localStorage: nothing, indexedDB: nothing, cacheStorage: nothing, serviceWorkers: nothing, fileSystem: nothing };
    return { origins: [{ origin: UNKNOWN_ORIGIN, ...unknown, bytes: 0 }] };
  }
}
