import { type AuditEvent, newId } from '@carrel/protocol';
import { eq } from 'drizzle-orm';
import type { Database, Queries } from './database.js';
import { after, newestFirst, type Page, type PageQuery, pageOf } from './list-cursor.js';
import { auditEvents } from './schema/index.js';

/** Who does something with a secret: a key of the project. */
export interface Actor {
  readonly projectId: string;
  readonly apiKeyId: string;
}

export type AuditEntry = Pick<AuditEvent, 'action' | 'subject' | 'details'>;

/** The log of what was done with secrets. */
export class AuditLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Writes an entry, durably: what it says is to be done only after that. */
  async record(actor: Actor, entry: AuditEntry): Promise<void> {
    await this.#database.run((queries) => recordAudit(queries, actor, entry));
  }

  /** Newest first. */
  async list(projectId: string, { limit, cursor }: PageQuery): Promise<Page<AuditEvent>> {
    const rows = await this.#database.run((queries) =>
      queries
        .select()
        .from(auditEvents)
        .where(after(auditEvents, cursor, eq(auditEvents.projectId, projectId)))
        .orderBy(...newestFirst(auditEvents))
        .limit(limit + 1),
    );
    return pageOf(rows, limit, ({ projectId: _, createdAt, ...row }) => ({ ...row, createdAt: createdAt.toISOString() }));
  }
}

/** The same, as a part of a transaction. */
export async function recordAudit(queries: Queries, { projectId, apiKeyId }: Actor, entry: AuditEntry): Promise<void> {
  await queries.insert(auditEvents).values({ ...entry, id: newId('event'), projectId, apiKeyId, createdAt: new Date() });
}
