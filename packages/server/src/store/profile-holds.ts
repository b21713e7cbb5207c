import { eq, inArray, ne } from 'drizzle-orm';
import type { Database } from './database.js';
import type { Nodes } from './nodes.js';
import { noVersion, prune, versionRow } from './profile-pruning.js';
import { lockProfile, type ProfileRow } from './profile-row.js';
import { profileHolds, profiles } from './schema/index.js';

export type HoldRow = typeof profileHolds.$inferSelect;

/** Who wants to save to a profile. */
export interface HoldRequest {
  readonly projectId: string;
  readonly profileId: string;
  readonly browserId: string;
  /** What to begin from; null: the current version. */
  readonly version: number | null;
  readonly isExclusive: boolean;
  /** Throws when this profile may not be had. */
  readonly check: (row: ProfileRow) => void;
}

export type HoldAnswer =
  /** `version` is the one to begin from, null when nothing was saved yet. */
  | { readonly kind: 'taken'; readonly row: ProfileRow; readonly version: number | null }
  | { readonly kind: 'held'; readonly holds: readonly HoldRow[] };

/** Who may save to which profile at the moment. */
export class ProfileHolds {
  readonly #database: Database;
  readonly #nodeId: string;
  readonly #nodes: Nodes;

  constructor({ database, nodeId, nodes }: { database: Database; nodeId: string; nodes: Nodes }) {
    this.#database = database;
    this.#nodeId = nodeId;
    this.#nodes = nodes;
  }

  /**
   * Takes a hold: an exclusive one when there is no other, a shared one beside any other. Holds of servers that are dead are none.
   * @throws {CarrelError} `not_found`, and what `check` throws
   */
  async take(request: HoldRequest): Promise<HoldAnswer> {
    const answer = await this.#try(request);
    if (answer.kind === 'taken') return answer;
    return (await this.dropDead(answer.holds)) ? await this.#try(request) : answer;
  }

  /** Those of a profile; of dead servers too. */
  async of(profileId: string): Promise<readonly HoldRow[]> {
    return await this.#database.run((queries) => queries.select().from(profileHolds).where(eq(profileHolds.profileId, profileId)));
  }

  /**
   * Gives a hold back, and removes what was only kept for it. One that is not there was given back before.
   * @returns the names of the archives that no version names any more
   */
  async release(browserId: string): Promise<string[]> {
    return await this.#database.transaction(async (queries) => {
      const isIt = eq(profileHolds.browserId, browserId);
      const [hold] = await queries.select().from(profileHolds).where(isIt);
      if (hold === undefined) return [];
      // The profile first, as everywhere: two that wait for each other would wait for ever.
      const [profile] = await queries.select().from(profiles).where(eq(profiles.id, hold.profileId)).for('update');
      await queries.delete(profileHolds).where(isIt);
      return profile === undefined ? [] : await prune(queries, profile);
    });
  }

  /** Gives back what a dead server of this data directory held. To be called before this server takes any. @returns how many */
  async releaseOrphans(): Promise<number> {
    const deleted = await this.#database.run((queries) =>
      queries.delete(profileHolds).where(eq(profileHolds.nodeId, this.#nodeId)).returning({ id: profileHolds.browserId }),
    );
    const others = await this.#database.run((queries) => queries.select().from(profileHolds).where(ne(profileHolds.nodeId, this.#nodeId)));
    return deleted.length + ((await this.dropDead(others)) ? others.length : 0);
  }

  /** Removes those of the holds whose server is dead: the database frees its lock. @returns whether there were any */
  async dropDead(holds: readonly HoldRow[]): Promise<boolean> {
    const nodeIds = [...new Set(holds.map(({ nodeId }) => nodeId))].filter((nodeId) => nodeId !== this.#nodeId);
    const dead = nodeIds.length === 0 ? [] : await this.#nodes.withoutLock(nodeIds);
    if (dead.length === 0) return false;
    await this.#database.run((queries) => queries.delete(profileHolds).where(inArray(profileHolds.nodeId, dead)));
    return true;
  }

  async #try(request: HoldRequest): Promise<HoldAnswer> {
    const { projectId, profileId, browserId, isExclusive } = request;
    return await this.#database.transaction(async (queries): Promise<HoldAnswer> => {
      const row = await lockProfile(queries, profileId, projectId);
      request.check(row);
      const version = request.version ?? row.currentVersion;
      if (version !== null && (await versionRow(queries, profileId, version)) === null) throw noVersion(profileId, version);
      const holds = await queries.select().from(profileHolds).where(eq(profileHolds.profileId, profileId));
      const others = holds.filter((hold) => hold.browserId !== browserId);
      if (isExclusive && others.length > 0) return { kind: 'held', holds: others };
      const hold = { browserId, profileId, nodeId: this.#nodeId, baseVersion: version, isExclusive, since: new Date() };
      // It is there already when the answer to the first attempt was lost.
      await queries.insert(profileHolds).values(hold).onConflictDoNothing({ target: profileHolds.browserId });
      return { kind: 'taken', row, version };
    });
  }
}
