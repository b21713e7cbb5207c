import { and, eq } from 'drizzle-orm';
import type { Database } from './database.js';
import { holdEndUsers } from './end-users.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import { notteVaults } from './schema/index.js';

export type VaultRow = typeof notteVaults.$inferSelect;

/** The vaults of Notte's clients: each is the credentials of an end user, with a name. */
export class NotteVaults {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create({ projectId, id, name }: Pick<VaultRow, 'projectId' | 'id' | 'name'>): Promise<VaultRow> {
    const row = { projectId, id, name, createdAt: new Date() };
    await this.#database.transaction(async (queries) => {
      await holdEndUsers(queries, [{ projectId, endUserId: id }]);
      await queries.insert(notteVaults).values(row);
    });
    return row;
  }

  /** Null when the project has none with that id. */
  async find(projectId: string, id: string): Promise<VaultRow | null> {
    const [row] = await this.#database.run((queries) => queries.select().from(notteVaults).where(isVault(projectId, id)));
    return row ?? null;
  }

  /** Newest first. */
  async list(projectId: string, { limit, cursor }: PageQuery): Promise<Page<VaultRow>> {
    const rows = await this.#database.run((queries) =>
      queries
        .select()
        .from(notteVaults)
        .where(after(notteVaults, cursor, eq(notteVaults.projectId, projectId)))
        .orderBy(...newestFirst(notteVaults))
        .limit(limit + 1),
    );
    return pageOf(rows, limit, (row) => row);
  }

  /** Null when the project has none with that id. */
  async rename(projectId: string, id: string, name: string): Promise<VaultRow | null> {
    const [row] = await this.#database.run((queries) =>
      queries.update(notteVaults).set({ name }).where(isVault(projectId, id)).returning(),
    );
    return row ?? null;
  }
}

const isVault = (projectId: string, id: string) => and(eq(notteVaults.projectId, projectId), eq(notteVaults.id, id));
