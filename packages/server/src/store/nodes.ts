import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import { failBrowsersOf } from './browsers.js';
import type { Database, Queries } from './database.js';
import { lockKey, NODES_CHANNEL } from './node-session.js';
import { announceFreePlace } from './places.js';
import { browserPlaces, browsers, idempotencyKeys, nodes, profileHolds } from './schema/index.js';

/** A server: where it is reached, and whether it runs. */
export type NodeRow = typeof nodes.$inferSelect;

/** The servers of the database. Each holds a lock that is named after its data directory, and that the database frees when it dies. */
export class Nodes {
  readonly #database: Database;
  readonly #nodeId: string;

  constructor(database: Database, nodeId: string) {
    this.#database = database;
    this.#nodeId = nodeId;
  }

  /** Tells the others that this server runs, and where. */
  async announce({ url, masterKeyIds }: { url: string; masterKeyIds: string[] }): Promise<void> {
    const row = { url, masterKeyIds, startedAt: new Date(), stoppedAt: null };
    await this.#database.transaction(async (queries) => {
      const all = { id: this.#nodeId, ...row };
      await queries.insert(nodes).values(all).onConflictDoUpdate({ target: nodes.id, set: row });
      await tell(queries, this.#nodeId);
    });
  }

  /** Tells the others that this server has ended, in good order. */
  async leave(): Promise<void> {
    await this.#database.transaction(async (queries) => {
      await queries.update(nodes).set({ stoppedAt: new Date() }).where(eq(nodes.id, this.#nodeId));
      await freePlacesOf(queries, this.#nodeId);
      await tell(queries, this.#nodeId);
    });
  }

  /** Has the others look again who is there. */
  async tellOthers(): Promise<void> {
    await this.#database.run((queries) => tell(queries, this.#nodeId));
  }

  /** Null: there never was one. */
  async get(id: string): Promise<NodeRow | null> {
    const [row] = await this.#database.run((queries) => queries.select().from(nodes).where(eq(nodes.id, id)));
    return row ?? null;
  }

  /** This server's own row says that it has stopped: others took it for dead. */
  async isTakenForDead(): Promise<boolean> {
    return ((await this.get(this.#nodeId))?.stoppedAt ?? null) !== null;
  }

  /** The other servers that run, or were killed and that was not noticed yet. */
  async others(): Promise<NodeRow[]> {
    const areRunning = and(ne(nodes.id, this.#nodeId), isNull(nodes.stoppedAt));
    return await this.#database.run((queries) => queries.select().from(nodes).where(areRunning));
  }

  /** Ids of the other servers that should run, or have browsers open, and do not hold their lock. */
  async silent(): Promise<string[]> {
    const { rows } = await this.#database.run((queries) =>
      queries.execute<{ id: string }>(sql`
        select ${nodes.id} as id from ${nodes} where ${nodes.stoppedAt} is null and ${nodes.id} <> ${this.#nodeId}
        union select ${browsers.nodeId} from ${browsers} where ${browsers.endedAt} is null and ${browsers.nodeId} <> ${this.#nodeId}`),
    );
    return await this.withoutLock(rows.map(({ id }) => id));
  }

  /** Those of the servers that do not hold their lock: they are dead, or not connected for a moment. */
  async withoutLock(nodeIds: readonly string[]): Promise<string[]> {
    if (nodeIds.length === 0) return [];
    const keyOf = new Map(nodeIds.map((nodeId) => [lockKey(nodeId), nodeId]));
    const keys = sql.join(
      [...keyOf.keys()].map((key) => sql`${key}::bigint`),
      sql`, `,
    );
    const { rows } = await this.#database.run((queries) =>
      queries.execute<{ key: string }>(sql`
        select ((classid::bigint << 32) | objid::bigint)::text as key from pg_locks
        where locktype = 'advisory' and granted and objsubid = 1
          and database = (select oid from pg_database where datname = current_database())
          and ((classid::bigint << 32) | objid::bigint) in (${keys})`),
    );
    const living = new Set(rows.map(({ key }) => key));
    return [...keyOf].filter(([key]) => !living.has(key)).map(([, nodeId]) => nodeId);
  }

  /**
   * Does for a dead server what it cannot do any more: its browsers become `failed`, and what it held comes free. Meanwhile we hold its
   * lock: nobody else does the same, and when it comes back after all it waits, and finds out.
   * @returns the ids of the browsers; null when it lives, or another is at it
   */
  async bury(nodeId: string): Promise<string[] | null> {
    return await this.#database.transaction(async (queries) => {
      const { rows } = await queries.execute<{ is_ours: boolean }>(
        sql`select pg_try_advisory_xact_lock(${lockKey(nodeId)}::bigint) as is_ours`,
      );
      if (rows[0]?.is_ours !== true) return null;
      const failed = await failBrowsersOf(queries, nodeId);
      await queries.delete(profileHolds).where(eq(profileHolds.nodeId, nodeId));
      await queries.delete(idempotencyKeys).where(and(eq(idempotencyKeys.nodeId, nodeId), isNull(idempotencyKeys.response)));
      await freePlacesOf(queries, nodeId);
      await queries
        .update(nodes)
        .set({ stoppedAt: new Date() })
        .where(and(eq(nodes.id, nodeId), isNull(nodes.stoppedAt)));
      await tell(queries, nodeId);
      return failed;
    });
  }
}

/** Gives back all places of a server, and tells those who wait for one. */
async function freePlacesOf(queries: Queries, nodeId: string): Promise<void> {
  const freed = await queries.delete(browserPlaces).where(eq(browserPlaces.nodeId, nodeId)).returning({ of: browserPlaces.projectId });
  for (const projectId of new Set(freed.map(({ of }) => of))) await announceFreePlace(queries, projectId);
}

/** Tells the others of the beginning or the end of a server, when the transaction is committed. */
async function tell(queries: Queries, nodeId: string): Promise<void> {
  await queries.execute(sql`select pg_notify(${NODES_CHANNEL}, ${nodeId})`);
}
