import { CarrelError } from '@carrel/protocol';
import { and, desc, eq, inArray } from 'drizzle-orm';
import type { Queries } from './database.js';
import { profileHolds, type profiles, profileVersions } from './schema/index.js';

export type VersionRow = typeof profileVersions.$inferSelect;

/**
 * Removes the versions of a profile that are too many: the newest `keepVersions` stay, the current one, and those that a browser began
 * from. The profile's row must be locked.
 * @returns the names of the archives that no version names any more
 */
export async function prune(
  queries: Queries,
  { id, keepVersions, currentVersion }: Pick<typeof profiles.$inferSelect, 'id' | 'keepVersions' | 'currentVersion'>,
  obsolete: readonly number[] = [],
): Promise<string[]> {
  const columns = { version: profileVersions.version, objectName: profileVersions.objectName };
  const all = await queries
    .select(columns)
    .from(profileVersions)
    .where(eq(profileVersions.profileId, id))
    .orderBy(desc(profileVersions.version));
  const holds = await queries.select({ base: profileHolds.baseVersion }).from(profileHolds).where(eq(profileHolds.profileId, id));
  const needed = new Set([currentVersion, ...holds.map(({ base }) => base)]);
  const wanted = all.filter(({ version }) => needed.has(version) || !obsolete.includes(version));
  const kept = wanted.filter(({ version }, index) => needed.has(version) || index < keepVersions);
  const keptNames = new Set(kept.map(({ objectName }) => objectName));
  const keptVersions = new Set(kept.map(({ version }) => version));
  const gone = all.filter(({ version }) => !keptVersions.has(version));
  if (gone.length > 0) {
    const numbers = gone.map(({ version }) => version);
    await queries.delete(profileVersions).where(and(eq(profileVersions.profileId, id), inArray(profileVersions.version, numbers)));
  }
  return [...new Set(gone.map(({ objectName }) => objectName))].filter((name) => !keptNames.has(name));
}

export async function versionRow(queries: Queries, profileId: string, version: number): Promise<VersionRow | null> {
  const isIt = and(eq(profileVersions.profileId, profileId), eq(profileVersions.version, version));
  const [row] = await queries.select().from(profileVersions).where(isIt);
  return row ?? null;
}

export function noVersion(profileId: string, version: number): CarrelError {
  return new CarrelError('not_found', `Profile ${profileId} has no version ${version}, or no longer.`);
}
