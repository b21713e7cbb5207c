import { CarrelError } from '@carrel/protocol';
import type { SQL } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Actor, AuditLog } from './audit-log.js';
import type { Database, Queries } from './database.js';
import type { Deployment } from './deployment.js';
import { KEY_TABLES, type KeptKey, type KeyTable } from './key-tables.js';
import type { MasterKeys } from './master-keys.js';
import type { Nodes } from './nodes.js';
import { resealTaskProxies } from './task-proxies.js';
import { resealWebhookSecrets } from './webhooks.js';

const BATCH_ROWS = 100;

/** A moment of a rotation; a test can break it there. */
export type RotationStep = 'renewed' | 'batch' | 'rewrapped';

export interface KeyRotationOptions {
  readonly database: Database;
  readonly masterKeys: MasterKeys;
  readonly deployment: Deployment;
  readonly nodes: Nodes;
  readonly audit: AuditLog;
  readonly logger: Logger;
  readonly onStep?: ((step: RotationStep) => void | Promise<void>) | undefined;
}

/** Changes the master key. Profiles and credentials are read and written meanwhile, as the earlier keys still unwrap. */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: KeyRotationOptions) {
    this.#options = options;
  }

  /**
   * Makes a new master key where it is in the file, and wraps the keys of all profiles and end users with the current one.
   * @throws {CarrelError} `profile_key_missing` when some are wrapped with a key that this server does not have: they stay as they are,
   * all others are done; `conflict` when another server that runs does not have the new key, before anything is done
   */
  async rotate(actor: Actor): Promise<{ keyId: string; rewrapped: number }> {
    const { masterKeys, deployment, audit, onStep } = this.#options;
    return await this.#inTurn(async () => {
      await this.#refuseUnshared();
      await masterKeys.renew();
      await onStep?.('renewed');
      const keyId = masterKeys.currentId;
      const rewrapped = await this.#rewrap();
      await deployment.agreeOnCurrent();
      await onStep?.('rewrapped');
      await audit.record(actor, { action: 'master_key.rotated', subject: keyId, details: { rewrapped } });
      await this.#refuseUnknown(rewrapped);
      return { keyId, rewrapped };
    });
  }

  /** Does what a rotation that was cut off has left to do, and drops keys that nothing needs any more. With keys of the file only. */
  async finish(): Promise<void> {
    const { masterKeys, deployment, logger } = this.#options;
    // In the environment another server may still have the earlier key first, and not know this one.
    if (!masterKeys.isInFile) return;
    await this.#inTurn(async () => {
      const rewrapped = await this.#rewrap();
      if (rewrapped > 0) logger.warn({ rewrapped }, 'a rotation of the master key that had been cut off was brought to its end');
      await deployment.agreeOnCurrent();
      const dropped = await masterKeys.dropRetired((id) => this.#isNeeded(id));
      if (dropped.length > 0) logger.info({ dropped }, 'master keys that nothing needs any more were dropped');
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {}); // its caller hears of it
    return await turn;
  }

  /** What is wrapped with a key that another server does not have, that one could not open. */
  async #refuseUnshared(): Promise<void> {
    const { masterKeys, nodes } = this.#options;
    const others = await nodes.others();
    const without = masterKeys.isInFile ? others : others.filter(({ masterKeyIds }) => !masterKeyIds.includes(masterKeys.currentId));
    if (without.length === 0) return;
    const whatToDo = masterKeys.isInFile
      ? 'The key is in a file that only this server can change. Set CARREL_MASTER_KEY to the same value in all servers, or stop the others'
      : `Give them CARREL_MASTER_KEY with the key ${masterKeys.currentId} behind their own, and start them again`;
    const urls = without.map(({ url }) => url);
    throw new CarrelError('conflict', `The servers at ${urls.join(', ')} would not have the new master key. ${whatToDo}; then rotate.`, {
      details: { urls },
    });
  }

  /** @returns how many keys were wrapped anew */
  async #rewrap(): Promise<number> {
    let rewrapped = 0;
    for (const table of KEY_TABLES) {
      for (let rest: SQL | undefined, isLast = false; !isLast; ) {
        const batch = await this.#rewrapBatch(table, rest);
        rewrapped += batch.rewrapped;
        ({ rest, isLast } = batch);
        await this.#options.onStep?.('batch');
      }
    }
    const { database, masterKeys, logger } = this.#options;
    await resealWebhookSecrets(database, masterKeys, (webhookId, error) =>
      logger.error({ err: error, webhookId }, 'the secret of a webhook cannot be decrypted; it stays as it is'),
    );
    await resealTaskProxies(database, masterKeys, (taskId, error) =>
      logger.error({ err: error, taskId }, 'the proxies of a task cannot be decrypted; they stay as they are'),
    );
    return rewrapped;
  }

  async #rewrapBatch(table: KeyTable, after: SQL | undefined): Promise<{ rewrapped: number; rest: SQL | undefined; isLast: boolean }> {
    const { database, masterKeys } = this.#options;
    const [, ...earlier] = masterKeys.ids;
    return await database.transaction(async (queries) => {
      const keys = await table.batch(queries, earlier, after, BATCH_ROWS);
      let rewrapped = 0;
      for (const key of keys) {
        if (await this.#rewrapOne(queries, table, key)) rewrapped++;
      }
      return { rewrapped, rest: keys.at(-1)?.rest, isLast: keys.length === 0 };
    });
  }

  async #rewrapOne(queries: Queries, table: KeyTable, { context, wrappedKey, masterKeyId, row }: KeptKey): Promise<boolean> {
    const { masterKeys, logger } = this.#options;
    if (wrappedKey === null || masterKeyId === null) return false;
    let anew: { wrappedKey: Buffer; masterKeyId: string };
    try {
      anew = masterKeys.wrap(context, masterKeys.unwrap(context, { wrappedKey, masterKeyId }));
    } catch (error) {
      logger.error({ err: error, of: context }, 'a key cannot be unwrapped; it stays as it is');
      return false;
    }
    await table.write(queries, row, anew);
    return true;
  }

  async #isNeeded(masterKeyId: string): Promise<boolean> {
    return await this.#options.database.run(async (queries) => {
      for (const table of KEY_TABLES) if (await table.isNeeded(queries, masterKeyId)) return true;
      return false;
    });
  }

  async #refuseUnknown(rewrapped: number): Promise<void> {
    const { database, masterKeys } = this.#options;
    const rows = await database.run(async (queries) => {
      const counts = KEY_TABLES.map(async (table) =>
        (await table.countOthers(queries, masterKeys.ids)).map(({ masterKeyId, keys }) => ({ masterKeyId, of: table.what, keys })),
      );
      return (await Promise.all(counts)).flat();
    });
    if (rows.length === 0) return;
    throw new CarrelError(
      'profile_key_missing',
      `${rewrapped} keys were wrapped with the master key ${masterKeys.currentId}, but others are wrapped with ` +
        `${[...new Set(rows.map(({ masterKeyId }) => masterKeyId))].join(', ')}, which this server does not have. Give it those, and rotate again.`,
      { details: { keyId: masterKeys.currentId, rewrapped, missing: rows } },
    );
  }
}
