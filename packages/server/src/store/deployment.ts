import { CarrelError } from '@carrel/protocol';
import { eq } from 'drizzle-orm';
import type { Database } from './database.js';
import type { MasterKeys } from './master-keys.js';
import { deployment } from './schema/index.js';

/** There is one row. */
const ID = 1;

/** What all servers of the database agree on: the master key. */
export class Deployment {
  readonly #database: Database;
  readonly #masterKeys: MasterKeys;

  constructor(database: Database, masterKeys: MasterKeys) {
    this.#database = database;
    this.#masterKeys = masterKeys;
  }

  /**
   * Agrees with the other servers of the database on the master key. The first server of all writes down its own; of two that are the
   * first, one does.
   * @throws {CarrelError} `internal` when this server does not have the key that the others wrap with
   */
  async join(): Promise<void> {
    const { currentId, ids } = this.#masterKeys;
    const [row] = await this.#database.run(async (queries) => {
      await queries.insert(deployment).values({ id: ID, masterKeyId: currentId }).onConflictDoNothing();
      return await queries.select().from(deployment).where(eq(deployment.id, ID));
    });
    const needed = row?.masterKeyId ?? currentId;
    if (!ids.includes(needed)) throw otherKey(needed, this.#masterKeys);
  }

  /** From now on, whoever starts has to have the key that is the current one here. */
  async agreeOnCurrent(): Promise<void> {
    const { currentId } = this.#masterKeys;
    await this.#database.run((queries) => queries.update(deployment).set({ masterKeyId: currentId }).where(eq(deployment.id, ID)));
  }
}

function otherKey(masterKeyId: string, { ids, isInFile }: MasterKeys): CarrelError {
  const own = isInFile
    ? `the file master.key in this server's data directory has only ${ids.join(', ')}. A file is for one server: where several share a ` +
      'database, set CARREL_MASTER_KEY to the same value in all of them (that of the first server is the first line of its master.key).'
    : `CARREL_MASTER_KEY of this server has only ${ids.join(', ')}. Set it to what the other servers have (a server without the setting ` +
      'has it in the file master.key of its data directory); to change the key, put the new one in front of the old one, separated by a ' +
      'comma, and call POST /v1/master-key/rotate before the old one is left out.';
  return new CarrelError('internal', `What is in this database is encrypted with the master key ${masterKeyId}, but ${own}`, {
    details: { masterKeyId, own: ids },
  });
}
