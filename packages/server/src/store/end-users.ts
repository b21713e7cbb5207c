import { CarrelError } from '@carrel/protocol';
import { and, eq, or } from 'drizzle-orm';
import type { Queries } from './database.js';
import { endUsers } from './schema/index.js';

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

/**
 * Makes sure that there are rows of end users, as part of a transaction, and has them stay until that is over: whoever deletes one meanwhile
 * waits, and then sees what refers to it. Without the lock, what is made beside a deletion would be of an end user that there is not.
 * @throws {CarrelError} `conflict` when one is deleted again and again
 */
export async function holdEndUsers(queries: Queries, names: readonly EndUserName[]): Promise<void> {
  const keyOf = ({ projectId, endUserId }: EndUserName) => JSON.stringify([projectId, endUserId]);
  const distinct = new Map(names.map((whose) => [keyOf(whose), whose]));
  // In one order, so that no two wait for each other.
  const sorted = [...distinct].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, whose]) => whose);
  if (sorted.length === 0) return;
  const areThey = or(...sorted.map(isEndUser));
  await untilThere(queries, sorted, () => queries.select({ id: endUsers.id }).from(endUsers).where(areThey).for('key share'));
}

/**
 * The row of an end user, made if there is none, for this transaction alone.
 * @throws {CarrelError} `conflict` when it is deleted again and again
 */
export async function makeAndLockEndUser(queries: Queries, whose: EndUserName): Promise<EndUserRow> {
  const [row] = await untilThere(queries, [whose], () => queries.select().from(endUsers).where(isEndUser(whose)).for('update'));
  return row as EndUserRow;
}

/** A row that is there when it is to be made can be deleted before it is locked. */
async function untilThere<Row>(queries: Queries, names: readonly EndUserName[], lock: () => Promise<Row[]>): Promise<Row[]> {
  const createdAt = new Date();
  const made = names.map(({ projectId, endUserId: id }) => ({ projectId, id, createdAt }));
  for (let attempt = 0; attempt < HOLD_ATTEMPTS; attempt++) {
    await queries.insert(endUsers).values(made).onConflictDoNothing();
    const rows = await lock();
    if (rows.length === names.length) return rows;
  }
  const ids = names.map(({ endUserId }) => JSON.stringify(endUserId)).join(', ');
  throw new CarrelError('conflict', `The end user ${ids} is being deleted. Try again when that is done.`);
}

/** The row, for this transaction alone; undefined: there is none. */
export async function lockEndUser(queries: Queries, whose: EndUserName): Promise<EndUserRow | undefined> {
  const [row] = await queries.select().from(endUsers).where(isEndUser(whose)).for('update');
  return row;
}
