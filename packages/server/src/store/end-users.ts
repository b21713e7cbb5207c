import { CarrelError } from '@carrel/protocol';
import { and, eq } from 'drizzle-orm';
import type { Queries } from './database.js';
import { endUsers } from './schema.js';

/** One of the caller's own customers. */
export interface EndUserName {
  readonly projectId: string;
  readonly endUserId: string;
}

/** Each time that it is not held, all of it was deleted in between. */
const HOLD_ATTEMPTS = 10;

type EndUserRow = typeof endUsers.$inferSelect;

/** The row of an end user. */
export const isEndUser = ({ projectId, endUserId }: EndUserName) => and(eq(endUsers.projectId, projectId), eq(endUsers.id, endUserId));

/** What the key of an end user is wrapped for. No profile is called so. */
export const keyContextOf = ({ projectId, endUserId }: EndUserName) => JSON.stringify(['end-user', projectId, endUserId]);

/** Makes sure that there is a row of an end user, as part of a transaction. */
export async function ensureEndUser(queries: Queries, { projectId, endUserId }: EndUserName): Promise<void> {
  await queries.insert(endUsers).values({ projectId, id: endUserId, createdAt: new Date() }).onConflictDoNothing();
}

/**
 * The same, and has it stay until the transaction is over: whoever deletes it meanwhile waits, and then sees what refers to it.
 * @throws {CarrelError} `conflict` when it is deleted again and again
 */
export async function holdEndUser(queries: Queries, whose: EndUserName): Promise<void> {
  for (let attempt = 0; attempt < HOLD_ATTEMPTS; attempt++) {
    await ensureEndUser(queries, whose);
    const [row] = await queries.select({ id: endUsers.id }).from(endUsers).where(isEndUser(whose)).for('key share');
    if (row !== undefined) return;
  }
  throw new CarrelError('conflict', `The end user ${JSON.stringify(whose.endUserId)} is being deleted. Try again when that is done.`);
}

/** The row, for this transaction alone; undefined: there is none. */
export async function lockEndUser(queries: Queries, whose: EndUserName): Promise<EndUserRow | undefined> {
  const [row] = await queries.select().from(endUsers).where(isEndUser(whose)).for('update');
  return row;
}
