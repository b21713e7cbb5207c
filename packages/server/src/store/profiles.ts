import { CarrelError, newId, type Profile } from '@carrel/protocol';
import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm';
import { type Actor, recordAudit } from './audit-log.js';
import type { Database } from './database.js';
import { holdEndUsers } from './end-users.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import type { MasterKeys } from './master-keys.js';
import type { HoldRow } from './profile-holds.js';
import { prune } from './profile-pruning.js';
import { lockProfile, type ProfileRow, readProfile } from './profile-row.js';
import { profileHolds, profiles, profileVersions } from './schema/index.js';
import { newKey } from './secrets.js';
import { assertStorable } from './storable.js';
import { sqlState } from './store-error.js';

const UNIQUE_VIOLATION = '23505';

type StoredRow = typeof profiles.$inferSelect;

export interface ProfileFilter {
  endUserId?: string | undefined;
  name?: string | undefined;
}

interface NewProfile {
  readonly projectId: string;
  readonly name: string | null;
  readonly endUserId: string | null;
  readonly metadata: Record<string, string>;
  readonly keepVersions: number;
}

interface ProfileChanges {
  readonly name?: string | null | undefined;
  readonly metadata?: Record<string, string> | undefined;
  readonly keepVersions?: number | undefined;
}

/** The profiles themselves, and their keys. What is kept of each is in its versions. */
export class ProfileRows {
  readonly #database: Database;
  readonly #masterKeys: MasterKeys;

  constructor(database: Database, masterKeys: MasterKeys) {
    this.#database = database;
    this.#masterKeys = masterKeys;
  }

  /** @throws {CarrelError} `conflict` when the project has one of that name */
  async create(profile: NewProfile): Promise<Profile> {
    assertStorable({ name: profile.name ?? undefined, endUserId: profile.endUserId ?? undefined });
    const id = newId('profile');
    const now = new Date();
    const row = { ...profile, id, createdAt: now, updatedAt: now, ...this.#masterKeys.wrap(id, newKey()) };
    const { projectId, endUserId } = profile;
    const [inserted] = await named(profile.name, () =>
      this.#database.transaction(async (queries) => {
        if (endUserId !== null) await holdEndUsers(queries, [{ projectId, endUserId }]);
        return await queries.insert(profiles).values(row).returning();
      }),
    );
    if (inserted === undefined) throw new CarrelError('internal', 'The database did not give back the row of a new profile.');
    return toResource(inserted, 0, []);
  }

  /** @throws {CarrelError} `not_found` */
  async get(projectId: string, id: string): Promise<Profile> {
    const row = await this.row(projectId, id);
    const [resource] = await this.#resources([row]);
    return resource as Profile;
  }

  /** @throws {CarrelError} `not_found` */
  async row(projectId: string, id: string): Promise<ProfileRow> {
    return await this.#database.run((queries) => readProfile(queries, projectId, id));
  }

  /** Newest first. */
  async list(projectId: string, { limit, cursor, endUserId, name }: PageQuery & ProfileFilter): Promise<Page<Profile>> {
    const ofEndUser = endUserId === undefined ? undefined : eq(profiles.endUserId, endUserId);
    const ofName = name === undefined ? undefined : eq(profiles.name, name);
    const rows = await this.#database.run((queries) =>
      queries
        .select()
        .from(profiles)
        .where(after(profiles, cursor, eq(profiles.projectId, projectId), isNotNull(profiles.wrappedKey), ofEndUser, ofName))
        .orderBy(...newestFirst(profiles))
        .limit(limit + 1),
    );
    const page = pageOf(rows, limit, (row) => row);
    return { ...page, data: await this.#resources(page.data) };
  }

  /**
   * @returns the profile, and the names of the archives that no version names any more
   * @throws {CarrelError} `not_found`, `conflict` when the project has another of that name
   */
  async update(projectId: string, id: string, changes: ProfileChanges): Promise<{ profile: Profile; removed: string[] }> {
    assertStorable({ name: changes.name ?? undefined });
    const { row, removed } = await named(changes.name ?? null, () =>
      this.#database.transaction(async (queries) => {
        const before = await lockProfile(queries, id, projectId);
        const set = { ...changes, updatedAt: new Date() };
        const [row = before] = await queries.update(profiles).set(set).where(eq(profiles.id, id)).returning();
        return { row, removed: await prune(queries, row) };
      }),
    );
    const [profile] = await this.#resources([row]);
    return { profile: profile as Profile, removed };
  }

  /** The key of all that is kept of it. @throws {CarrelError} `profile_key_missing` */
  key(row: ProfileRow): Buffer {
    return this.#masterKeys.unwrap(row.id, row);
  }

  /** Keeps where its browsers leave. */
  async setExit(id: string, sealedExit: Buffer | null): Promise<void> {
    await this.#database.run((queries) =>
      queries
        .update(profiles)
        .set({ sealedExit })
        .where(and(eq(profiles.id, id), isNotNull(profiles.wrappedKey))),
    );
  }

  /**
   * Destroys the key of a profile: nothing that is kept of it can be read from now on. What is left is for {@link finishDeletion}.
   * @throws {CarrelError} `not_found`, `profile_locked` when somebody may save to it
   */
  async destroyKey(actor: Actor, id: string, refuseHeld: (holds: readonly HoldRow[]) => void): Promise<void> {
    await this.#database.transaction(async (queries) => {
      const { name, endUserId } = await lockProfile(queries, id, actor.projectId);
      refuseHeld(await queries.select().from(profileHolds).where(eq(profileHolds.profileId, id)));
      await queries.update(profiles).set(DESTROYED).where(eq(profiles.id, id));
      await recordAudit(queries, actor, { action: 'profile.deleted', subject: id, details: { name, endUserId } });
    });
  }

  /** Those whose key was destroyed, and that are still there. */
  async halfDeleted(): Promise<string[]> {
    const rows = await this.#database.run((queries) =>
      queries.select({ id: profiles.id }).from(profiles).where(isNull(profiles.wrappedKey)),
    );
    return rows.map(({ id }) => id);
  }

  /** The names of its archives. */
  async archivesOf(id: string): Promise<string[]> {
    const rows = await this.#database.run((queries) =>
      queries.selectDistinct({ name: profileVersions.objectName }).from(profileVersions).where(eq(profileVersions.profileId, id)),
    );
    return rows.map(({ name }) => name);
  }

  /** The names of the archives of all profiles of a project. */
  async archivesOfProject(projectId: string): Promise<string[]> {
    const rows = await this.#database.run((queries) =>
      queries
        .selectDistinct({ name: profileVersions.objectName })
        .from(profileVersions)
        .innerJoin(profiles, eq(profiles.id, profileVersions.profileId))
        .where(eq(profiles.projectId, projectId)),
    );
    return rows.map(({ name }) => name);
  }

  /** Removes the row of a profile whose key was destroyed, with those of its versions. */
  async finishDeletion(id: string): Promise<void> {
    await this.#database.run((queries) => queries.delete(profiles).where(and(eq(profiles.id, id), isNull(profiles.wrappedKey))));
  }

  async #resources(rows: StoredRow[]): Promise<Profile[]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const { sizes, holds } = await this.#database.run(async (queries) => {
      const archives = queries
        .selectDistinct({ profileId: profileVersions.profileId, name: profileVersions.objectName, sizeBytes: profileVersions.sizeBytes })
        .from(profileVersions)
        .where(inArray(profileVersions.profileId, ids))
        .as('archives');
      const total = sql<string>`sum(${archives.sizeBytes})`.mapWith(Number);
      return {
        sizes: await queries.select({ id: archives.profileId, total }).from(archives).groupBy(archives.profileId),
        holds: await queries.select().from(profileHolds).where(inArray(profileHolds.profileId, ids)),
      };
    });
    const sizeOf = new Map(sizes.map(({ id, total }) => [id, total]));
    return rows.map((row) => {
      const held = holds.filter(({ profileId }) => profileId === row.id);
      return toResource(row, sizeOf.get(row.id) ?? 0, held);
    });
  }
}

/** The name is given free at once. */
const DESTROYED = { wrappedKey: null, sealedExit: null, name: null } as const;

async function named<T>(name: string | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    const message = `The project has a profile named ${JSON.stringify(name)} already. Use that one, or choose another name.`;
    throw new CarrelError('conflict', message, { details: { name }, cause: error });
  }
}

function toResource(row: StoredRow, sizeBytes: number, holds: readonly HoldRow[]): Profile {
  const { id, name, endUserId, metadata, currentVersion, keepVersions, createdAt, updatedAt } = row;
  return {
    id,
    name,
    endUserId,
    metadata,
    currentVersion,
    keepVersions,
    sizeBytes,
    heldBy: holds
      .toSorted((a, b) => a.since.getTime() - b.since.getTime())
      .map(({ browserId, since, isExclusive }) => ({ browserId, since: since.toISOString(), exclusive: isExclusive })),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
