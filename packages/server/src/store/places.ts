import { randomUUID } from 'node:crypto';
import { CarrelError } from '@carrel/protocol';
import { eq, inArray, sql } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import { browserPlaces, projects } from './schema/index.js';

/** The channel on which servers hear that a place of a project came free: the project's id. */
export const PLACES_CHANNEL = 'carrel_places';

/** A place within the limit of a project. */
export interface PlaceRow {
  readonly id: string;
  readonly projectId: string;
}

export type PlaceAnswer =
  | { readonly kind: 'taken' }
  /** So many are, of so many. */
  | { readonly kind: 'full'; readonly used: number; readonly limit: number };

export const newPlaceId = (): string => randomUUID();

/** The places of projects while several servers share them. */
export class PlaceRows {
  readonly #database: Database;
  readonly #nodeId: string;
  readonly #defaultLimit: number;

  constructor(options: { database: Database; nodeId: string; defaultLimit: number }) {
    this.#database = options.database;
    this.#nodeId = options.nodeId;
    this.#defaultLimit = options.defaultLimit;
  }

  /** Takes a place when there is one. Those who want one of the same project do so one after the other. @throws {CarrelError} `unauthorized` */
  async take({ id, projectId }: PlaceRow): Promise<PlaceAnswer> {
    return await this.#database.transaction(async (queries): Promise<PlaceAnswer> => {
      const [project] = await queries
        .select({ limit: projects.maxBrowsers })
        .from(projects)
        .where(eq(projects.id, projectId))
        .for('no key update'); // unlike `update`, it keeps nobody from writing what refers to the project
      if (project === undefined) throw new CarrelError('unauthorized', 'The project of this API key has been deleted.');
      const limit = project.limit ?? this.#defaultLimit;
      const used = await queries.$count(browserPlaces, eq(browserPlaces.projectId, projectId));
      if (used >= limit) return { kind: 'full', used, limit };
      await queries.insert(browserPlaces).values({ id, projectId, nodeId: this.#nodeId });
      return { kind: 'taken' };
    });
  }

  /** Writes down places that this server gave out while it was alone; again does no harm. */
  async publish(places: readonly PlaceRow[]): Promise<void> {
    if (places.length === 0) return;
    await this.#database.transaction(async (queries) => {
      const projectIds = [...new Set(places.map(({ projectId }) => projectId))];
      const found = await queries.select({ id: projects.id }).from(projects).where(inArray(projects.id, projectIds)).for('key share');
      const known = new Set(found.map(({ id }) => id)); // the others are deleted
      const rows = places.filter(({ projectId }) => known.has(projectId)).map((place) => ({ ...place, nodeId: this.#nodeId }));
      if (rows.length > 0) await queries.insert(browserPlaces).values(rows).onConflictDoNothing();
    });
  }

  /** Gives back what a dead server of this data directory had. To be called before this server takes any. */
  async freeOrphans(): Promise<void> {
    await this.#database.run((queries) => queries.delete(browserPlaces).where(eq(browserPlaces.nodeId, this.#nodeId)));
  }
}

/** Gives places back, as a part of a transaction. */
export async function freePlaces(queries: Queries, places: readonly PlaceRow[]): Promise<void> {
  if (places.length === 0) return;
  const ids = places.map(({ id }) => id);
  await queries.delete(browserPlaces).where(inArray(browserPlaces.id, ids));
  for (const projectId of new Set(places.map(({ projectId }) => projectId))) await announceFreePlace(queries, projectId);
}

/** Tells every server, when the transaction is committed, that a place came free. */
export async function announceFreePlace(queries: Queries, projectId: string): Promise<void> {
  await queries.execute(sql`select pg_notify(${PLACES_CHANNEL}, ${projectId})`);
}
