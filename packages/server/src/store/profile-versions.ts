import { CarrelError, type ProfileVersion } from '@carrel/protocol';
import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import type { Page, PageQuery } from './list-cursor.js';
import type { HoldRow } from './profile-holds.js';
import { noVersion, prune, type VersionRow, versionRow } from './profile-pruning.js';
import { lockProfile, readProfile } from './profile-row.js';
import { profileHolds, profiles, profileVersions } from './schema/index.js';

/** A version that is to be: its number is given by the database. */
export type NewVersion = Omit<VersionRow, 'profileId' | 'version' | 'createdAt'>;

/** What a save changes, all at once. */
export interface Commit {
  readonly profileId: string;
  /** The version whose place this takes. When another is the current one by now, nothing is done. */
  readonly replaces: number | null;
  /** What the browser has. */
  readonly own: NewVersion;
  /** What becomes the current version instead of it, when another had saved meanwhile. It begins from `own`. */
  readonly merged: NewVersion | null;
  /** Whose hold goes on from `own`. */
  readonly hold: { readonly browserId: string; readonly nodeId: string };
  /** Versions that are not needed once this is there: what the same browser saved by itself before. */
  readonly obsolete: readonly number[];
  /** How much the project may keep in the store, and what to throw when it would be more. */
  readonly cap: { readonly maxBytes: number; readonly error: (bytes: number) => CarrelError };
}

export interface SavedVersions {
  /** What the browser has. */
  readonly own: ProfileVersion;
  /** A merge of that and what another had saved; else the same. */
  readonly current: ProfileVersion;
}

export type Committed =
  | ({ readonly kind: 'committed'; readonly removed: string[] } & SavedVersions)
  /** Another saved meanwhile. */
  | { readonly kind: 'moved'; readonly currentVersion: number };

/** What was kept of profiles, and when. */
export class ProfileVersions {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first. @throws {CarrelError} `not_found`, `invalid_request` for a cursor of another list */
  async list(projectId: string, id: string, { limit, cursor }: PageQuery): Promise<Page<ProfileVersion>> {
    const before = cursor === undefined ? undefined : lt(profileVersions.version, decodeCursor(cursor));
    return await this.#database.run(async (queries) => {
      const { currentVersion } = await readProfile(queries, projectId, id);
      const rows = await queries
        .select()
        .from(profileVersions)
        .where(and(eq(profileVersions.profileId, id), before))
        .orderBy(desc(profileVersions.version))
        .limit(limit + 1);
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      return {
        data: shown.map((row) => toVersion(row, currentVersion)),
        nextCursor: rows.length > limit && last !== undefined ? String(last.version) : null,
      };
    });
  }

  /** Null when there is none with that number, or no longer. */
  async row(profileId: string, version: number): Promise<VersionRow | null> {
    return await this.#database.run((queries) => versionRow(queries, profileId, version));
  }

  /** Writes what was saved, and removes what that makes superfluous. Doing it again, when it is not known whether it was done, does nothing. */
  async commit(commit: Commit): Promise<Committed> {
    const { profileId, own, merged, hold, cap } = commit;
    return await this.#database.transaction(async (queries): Promise<Committed> => {
      const profile = await lockProfile(queries, profileId);
      const done = await findBoth(queries, profileId, own.objectName, merged === null ? [] : [merged.objectName]);
      if (done !== null) return { kind: 'committed', ...done, removed: [] };
      const { currentVersion } = profile;
      if (currentVersion !== null && currentVersion !== commit.replaces) return { kind: 'moved', currentVersion };
      const now = new Date();
      const ownRow = { ...own, profileId, version: profile.nextVersion, createdAt: now };
      const mergedRow = merged && { ...merged, profileId, version: ownRow.version + 1, basedOn: ownRow.version, createdAt: now };
      const current = mergedRow ?? ownRow;
      await queries.insert(profileVersions).values(mergedRow === null ? [ownRow] : [ownRow, mergedRow]);
      const changes = { currentVersion: current.version, nextVersion: current.version + 1, updatedAt: now };
      await queries.update(profiles).set(changes).where(eq(profiles.id, profileId));
      await goOnFrom(queries, { ...hold, profileId, baseVersion: ownRow.version });
      const removed = await prune(queries, { ...profile, ...changes }, commit.obsolete);
      const usedBytes = await usedBy(queries, profile.projectId);
      if (usedBytes > cap.maxBytes) throw cap.error(usedBytes);
      return { kind: 'committed', own: toVersion(ownRow, current.version), current: toVersion(current, current.version), removed };
    });
  }

  /**
   * What became of a save whose answer was lost, and, as the profile is locked for the question, what ever will.
   * @param own the archive of what the browser had
   * @param merges those of its merges with what others had saved
   * @returns null: nothing
   */
  async findCommitted(profileId: string, own: string, merges: readonly string[]): Promise<SavedVersions | null> {
    return await this.#database.transaction(async (queries) => {
      await queries.select({ id: profiles.id }).from(profiles).where(eq(profiles.id, profileId)).for('update');
      return await findBoth(queries, profileId, own, merges);
    });
  }

  /**
   * Makes an old version the current one, as a new version of the same archive.
   * @throws {CarrelError} `not_found`, and what `refuseHeld` throws of those who may save to the profile
   */
  async restore(
    { projectId, id, version }: { projectId: string; id: string; version: number },
    refuseHeld: (holds: readonly HoldRow[]) => void,
  ): Promise<{ restored: ProfileVersion; removed: string[] }> {
    return await this.#database.transaction(async (queries) => {
      const profile = await lockProfile(queries, id, projectId);
      refuseHeld(await queries.select().from(profileHolds).where(eq(profileHolds.profileId, id)));
      const old = await versionRow(queries, id, version);
      if (old === null) throw noVersion(id, version);
      const row: VersionRow = { ...old, version: profile.nextVersion, createdAt: new Date(), source: 'restore', basedOn: version };
      const restoredRow = { ...row, browserId: null, mergedWith: null };
      await queries.insert(profileVersions).values(restoredRow);
      const changes = { currentVersion: row.version, nextVersion: row.version + 1, updatedAt: row.createdAt };
      await queries.update(profiles).set(changes).where(eq(profiles.id, id));
      const removed = await prune(queries, { ...profile, ...changes });
      return { restored: toVersion(restoredRow, row.version), removed };
    });
  }

  /** Those of the names that no version has. */
  async unnamed(names: readonly string[]): Promise<string[]> {
    if (names.length === 0) return [];
    const rows = await this.#database.run((queries) =>
      queries
        .selectDistinct({ name: profileVersions.objectName })
        .from(profileVersions)
        .where(inArray(profileVersions.objectName, [...names])),
    );
    const named = new Set(rows.map(({ name }) => name));
    return names.filter((name) => !named.has(name));
  }
}

async function findBoth(queries: Queries, profileId: string, own: string, merges: readonly string[]): Promise<SavedVersions | null> {
  const rows = await queries
    .select()
    .from(profileVersions)
    .where(and(eq(profileVersions.profileId, profileId), inArray(profileVersions.objectName, [own, ...merges])))
    .orderBy(profileVersions.version); // a later one of the same archive was restored from it
  const ownRow = rows.find(({ objectName }) => objectName === own);
  if (ownRow === undefined) return null;
  const current = rows.find(({ objectName }) => objectName !== own) ?? ownRow;
  return { own: toVersion(ownRow, current.version), current: toVersion(current, current.version) };
}

/** The hold of a server that seemed dead for a moment may have been given away: then it is one beside others from now on. */
async function goOnFrom(
  queries: Queries,
  hold: { browserId: string; nodeId: string; profileId: string; baseVersion: number },
): Promise<void> {
  const { baseVersion } = hold;
  await queries
    .insert(profileHolds)
    .values({ ...hold, isExclusive: false, since: new Date() })
    .onConflictDoUpdate({ target: profileHolds.browserId, set: { baseVersion } });
}

/** What the archives of a project take together. */
async function usedBy(queries: Queries, projectId: string): Promise<number> {
  const archives = queries
    .selectDistinct({ name: profileVersions.objectName, sizeBytes: profileVersions.sizeBytes })
    .from(profileVersions)
    .innerJoin(profiles, eq(profiles.id, profileVersions.profileId))
    .where(eq(profiles.projectId, projectId))
    .as('archives');
  const [row] = await queries.select({ total: sql<string>`coalesce(sum(${archives.sizeBytes}), 0)`.mapWith(Number) }).from(archives);
  return row?.total ?? 0;
}

function decodeCursor(cursor: string): number {
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor);
  throw new CarrelError('invalid_request', 'The cursor is not one of this list. Pass the nextCursor of the page before as it was given.', {
    details: { issues: [{ path: 'cursor', message: 'is not a cursor of this list' }] },
  });
}

function toVersion(row: VersionRow, currentVersion: number | null): ProfileVersion {
  const { profileId: _id, objectName: _name, sealedContents: _contents, createdAt, ...rest } = row;
  return { ...rest, createdAt: createdAt.toISOString(), isCurrent: row.version === currentVersion };
}
