import { and, eq, isNull } from 'drizzle-orm';
import type { Database } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import { browsers, notteAgents } from './schema/index.js';
import type { WriteBehind } from './write-behind.js';

export type AgentRow = typeof notteAgents.$inferSelect;

/** An agent, and when the browser that it works in has ended. */
export interface StoredAgent {
  readonly agent: AgentRow;
  readonly browserEndedAt: Date | null;
}

/** The agents of Notte's clients: turns of Carrel's agent in browsers of their callers. */
export class NotteAgents {
  readonly #database: Database;
  readonly #writes: WriteBehind;

  constructor(database: Database, writes: WriteBehind) {
    this.#database = database;
    this.#writes = writes;
  }

  /** Begins one in a browser whose record was put before. */
  async create(row: AgentRow): Promise<void> {
    await this.#writes.flush();
    await this.#database.run((queries) => queries.insert(notteAgents).values(row));
  }

  /** Changes one that has not ended. */
  async change(id: string, set: Partial<Pick<AgentRow, 'closedAt' | 'success' | 'answer' | 'steps'>>): Promise<void> {
    await this.#database.run((queries) =>
      queries
        .update(notteAgents)
        .set(set)
        .where(and(eq(notteAgents.id, id), isNull(notteAgents.closedAt))),
    );
  }

  /** Null when the project has none with that id. */
  async find(projectId: string, id: string): Promise<StoredAgent | null> {
    await this.#writes.flush();
    const [row] = await this.#database.run((queries) =>
      queries
        .select({ agent: notteAgents, browserEndedAt: browsers.endedAt })
        .from(notteAgents)
        .innerJoin(browsers, eq(browsers.id, notteAgents.browserId))
        .where(and(eq(notteAgents.id, id), eq(notteAgents.projectId, projectId))),
    );
    return row ?? null;
  }

  /** Newest first. */
  async list(projectId: string, { limit, cursor, isOpen }: PageQuery & { isOpen?: boolean | undefined }): Promise<Page<StoredAgent>> {
    await this.#writes.flush();
    const conditions = [
      eq(notteAgents.projectId, projectId),
      ...(isOpen === true ? [isNull(notteAgents.closedAt), isNull(browsers.endedAt)] : []),
    ];
    const rows = await this.#database.run((queries) =>
      queries
        .select({ agent: notteAgents, browserEndedAt: browsers.endedAt })
        .from(notteAgents)
        .innerJoin(browsers, eq(browsers.id, notteAgents.browserId))
        .where(after(notteAgents, cursor, ...conditions))
        .orderBy(...newestFirst(notteAgents))
        .limit(limit + 1),
    );
    const listed = rows.map((row) => ({ ...row, id: row.agent.id, createdAt: row.agent.createdAt }));
    return pageOf(listed, limit, ({ agent, browserEndedAt }) => ({ agent, browserEndedAt }));
  }
}
