import { and, eq, isNotNull } from 'drizzle-orm';
import type { Database } from './database.js';
import type { MasterKeys } from './master-keys.js';
import { tasks } from './schema/index.js';

/**
 * Seals with the current master key those proxies of tasks that an earlier one sealed: as a part of a change of the master key.
 * @param onUnreadable told of those that none of the keys opens, which stay as they are
 */
export async function resealTaskProxies(
  database: Database,
  masterKeys: MasterKeys,
  onUnreadable: (taskId: string, error: unknown) => void,
): Promise<void> {
  const { id, sealedProxies } = tasks;
  const rows = await database.run((queries) => queries.select({ id, sealedProxies }).from(tasks).where(isNotNull(sealedProxies)));
  for (const row of rows) {
    try {
      const anew = row.sealedProxies && masterKeys.reseal('task-proxies', row.id, row.sealedProxies);
      // Of one that ended meanwhile they are gone.
      const isUnchanged = and(eq(id, row.id), isNotNull(sealedProxies));
      if (anew) await database.run((queries) => queries.update(tasks).set({ sealedProxies: anew }).where(isUnchanged));
    } catch (error) {
      onUnreadable(row.id, error);
    }
  }
}
