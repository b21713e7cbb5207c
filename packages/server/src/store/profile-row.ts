import { CarrelError } from '@carrel/protocol';
import { and, eq } from 'drizzle-orm';
import type { Queries } from './database.js';
import type { WrappedKey } from './master-keys.js';
import { profiles } from './schema/index.js';

type StoredRow = typeof profiles.$inferSelect;
/** The row of a profile that is not being deleted. */
export type ProfileRow = StoredRow & WrappedKey;

/** The row, for this transaction alone. @throws {CarrelError} `not_found`, also when it is being deleted or of another project */
export async function lockProfile(queries: Queries, id: string, projectId?: string): Promise<ProfileRow> {
  const ofProject = projectId === undefined ? undefined : eq(profiles.projectId, projectId);
  const [row] = await queries
    .select()
    .from(profiles)
    .where(and(eq(profiles.id, id), ofProject))
    .for('update');
  return living(row, id);
}

/** The same without the lock. */
export async function readProfile(queries: Queries, projectId: string, id: string): Promise<ProfileRow> {
  const [row] = await queries
    .select()
    .from(profiles)
    .where(and(eq(profiles.id, id), eq(profiles.projectId, projectId)));
  return living(row, id);
}

function living(row: StoredRow | undefined, id: string): ProfileRow {
  const wrappedKey = row?.wrappedKey ?? null;
  if (row === undefined || wrappedKey === null) throw new CarrelError('not_found', `There is no profile ${id} in this project.`);
  return { ...row, wrappedKey };
}
