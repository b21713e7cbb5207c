import { CarrelError, newId, type Project, type RecordRequest } from '@carrel/protocol';
import { count, eq, sql } from 'drizzle-orm';
import { type ApiKeys, announceKeyChange } from './api-keys.js';
import { type Actor, recordAudit } from './audit-log.js';
import type { Database, Queries } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import { profiles, projects } from './schema/index.js';
import { assertStorable } from './storable.js';

/** The channel on which servers hear that a project was changed or deleted: its id. */
export const PROJECTS_CHANNEL = 'carrel_projects';

type Row = typeof projects.$inferSelect;

/** What of a project can be said; what is left out or null is as the settings say. */
export interface ProjectChanges {
  readonly name?: string | undefined;
  readonly maxBrowsers?: number | null | undefined;
  readonly maxTasks?: number | null | undefined;
  readonly model?: string | null | undefined;
  readonly record?: RecordRequest | null | undefined;
}

/** What holds for projects that do not say. */
export interface ProjectDefaults {
  readonly maxBrowsers: number;
  readonly maxTasks: number;
}

/** The tenants. */
export class Projects {
  readonly #database: Database;
  readonly #apiKeys: ApiKeys;
  readonly #defaults: ProjectDefaults;

  constructor(database: Database, apiKeys: ApiKeys, defaults: ProjectDefaults) {
    this.#database = database;
    this.#apiKeys = apiKeys;
    this.#defaults = defaults;
  }

  async create({ name, ...changes }: ProjectChanges & { readonly name: string }): Promise<Project> {
    assertStorable({ name });
    const row: Row = newRow({ name, isDefault: false, ...changes });
    await this.#database.run((queries) => queries.insert(projects).values(row));
    return this.#toResource(row);
  }

  /** Null when there is none with that id. */
  async get(id: string): Promise<Project | null> {
    const [row] = await this.#database.run((queries) => queries.select().from(projects).where(eq(projects.id, id)));
    return row === undefined ? null : this.#toResource(row);
  }

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<Project>> {
    const rows = await this.#database.run((queries) =>
      queries
        .select()
        .from(projects)
        .where(after(projects, cursor))
        .orderBy(...newestFirst(projects))
        .limit(limit + 1),
    );
    return pageOf(rows, limit, (row) => this.#toResource(row));
  }

  /** @throws CarrelError `not_found`. */
  async update(id: string, { name, ...changes }: ProjectChanges): Promise<Project> {
    assertStorable({ name });
    const row = await this.#database.transaction(async (queries) => {
      const [updated] = await queries
        .update(projects)
        .set({ name, ...changes })
        .where(eq(projects.id, id))
        .returning();
      await announceKeyChange(queries); // what is cached of a key holds the project's limit
      await announceChange(queries, id);
      return updated;
    });
    this.#apiKeys.forgetVerified();
    if (row === undefined) throw notFound(id);
    return this.#toResource(row);
  }

  /**
   * Deletes a project with its keys, its profiles, its audit log and the records of its browsers; running ones are the caller's to close
   * first. It is written in the audit log of the actor's own project, which must be another.
   *
   * @throws CarrelError `not_found`, or `conflict` for the default project.
   */
  async delete(actor: Actor, id: string): Promise<void> {
    await this.#database.transaction(async (queries) => {
      const [row] = await queries.select().from(projects).where(eq(projects.id, id)).for('update');
      if (row === undefined) throw notFound(id);
      if (row.isDefault) throw new CarrelError('conflict', 'The default project cannot be deleted. Revoke its API keys instead.');
      const [had] = await queries
        .select({ profiles: count(profiles.wrappedKey) })
        .from(profiles)
        .where(eq(profiles.projectId, id));
      await queries.delete(projects).where(eq(projects.id, id));
      await recordAudit(queries, actor, {
        action: 'project.deleted',
        subject: id,
        details: { name: row.name, profiles: had?.profiles ?? 0 },
      });
      await announceKeyChange(queries);
      await announceChange(queries, id);
    });
    this.#apiKeys.forgetVerified();
  }

  /** The project that is there from the first start; made when it is not. Servers that start at the same time get the same one. */
  async default(): Promise<Project> {
    const row = newRow({ name: 'default', isDefault: true });
    const found = await this.#database.run(async (queries) => {
      await queries.insert(projects).values(row).onConflictDoNothing();
      return await queries.select().from(projects).where(eq(projects.isDefault, true));
    });
    return this.#toResource(found[0] ?? row);
  }

  #toResource({ id, name, maxBrowsers, maxTasks, model, record, createdAt }: Row): Project {
    const limits = { maxBrowsers: maxBrowsers ?? this.#defaults.maxBrowsers, maxTasks: maxTasks ?? this.#defaults.maxTasks };
    return { id, name, ...limits, model, record, createdAt: createdAt.toISOString() };
  }
}

async function announceChange(queries: Queries, id: string): Promise<void> {
  await queries.execute(sql`select pg_notify(${PROJECTS_CHANNEL}, ${id})`);
}

function newRow({ name, isDefault, ...changes }: ProjectChanges & Pick<Row, 'name' | 'isDefault'>): Row {
  const { maxBrowsers = null, maxTasks = null, model = null, record = null } = changes;
  return { id: newId('project'), name, maxBrowsers, maxTasks, model, record, isDefault, createdAt: new Date() };
}

function notFound(id: string): CarrelError {
  return new CarrelError('not_found', `There is no project ${id}.`);
}
