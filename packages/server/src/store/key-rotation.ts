import { CarrelError } from '@carrel/protocol';
import { and, asc, count, eq, gt, inArray, isNotNull, notInArray } from 'drizzle-orm';
import type { Logger } from 'pino';
import type { Actor, AuditLog } from './audit-log.js';
import type { Database, Queries } from './database.js';
import type { Deployment } from './deployment.js';
import type { MasterKeys, WrappedKey } from './master-keys.js';
import type { Nodes } from './nodes.js';
import { profiles } from './schema.js';
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

/** Changes the master key. Profiles are opened and saved meanwhile, as the earlier keys still unwrap. */
export class KeyRotation {
  readonly #options: KeyRotationOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: KeyRotationOptions) {
    this.#options = options;
  }

  /**
   * Makes a new master key where it is in the file, and wraps the keys of all profiles with the current one.
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
    for (let last: string | undefined = ''; last !== undefined; ) {
      const batch = await this.#rewrapBatch(last);
      rewrapped += batch.rewrapped;
      last = batch.last;
      await this.#options.onStep?.('batch');
    }
    const { database, masterKeys, logger } = this.#options;
    await resealWebhookSecrets(database, masterKeys, (webhookId, error) =>
      logger.error({ err: error, webhookId }, 'the secret of a webhook cannot be decrypted; it stays as it is'),
    );
    return rewrapped;
  }

  async #rewrapBatch(after: string): Promise<{ rewrapped: number; last: string | undefined }> {
    const { database, masterKeys } = this.#options;
    const [, ...earlier] = masterKeys.ids;
    return await database.transaction(async (queries) => {
      const rows = await queries
        .select({ id: profiles.id, wrappedKey: profiles.wrappedKey, masterKeyId: profiles.masterKeyId })
        .from(profiles)
        .where(and(gt(profiles.id, after), isNotNull(profiles.wrappedKey), inArray(profiles.masterKeyId, earlier)))
        .orderBy(asc(profiles.id))
        .limit(BATCH_ROWS)
        .for('update');
      let rewrapped = 0;
      for (const { id, wrappedKey, masterKeyId } of rows) {
        const isWrapped = wrappedKey !== null && (await this.#rewrapOne(queries, id, { wrappedKey, masterKeyId }));
        if (isWrapped) rewrapped++;
      }
      return { rewrapped, last: rows.at(-1)?.id };
    });
  }

  async #rewrapOne(queries: Queries, id: string, wrapped: WrappedKey): Promise<boolean> {
    const { masterKeys, logger } = this.#options;
    let anew: WrappedKey;
    try {
      anew = masterKeys.wrap(id, masterKeys.unwrap(id, wrapped));
    } catch (error) {
      logger.error({ err: error, profileId: id }, 'the key of a profile cannot be unwrapped; it stays as it is');
      return false;
    }
    await queries.update(profiles).set(anew).where(eq(profiles.id, id));
    return true;
  }

  async #isNeeded(masterKeyId: string): Promise<boolean> {
    const isOfIt = and(eq(profiles.masterKeyId, masterKeyId), isNotNull(profiles.wrappedKey));
    const rows = await this.#options.database.run((queries) => queries.select({ id: profiles.id }).from(profiles).where(isOfIt).limit(1));
    return rows.length > 0;
  }

  async #refuseUnknown(rewrapped: number): Promise<void> {
    const { database, masterKeys } = this.#options;
    const areUnknown = and(notInArray(profiles.masterKeyId, masterKeys.ids), isNotNull(profiles.wrappedKey));
    const rows = await database.run((queries) =>
      queries
        .select({ masterKeyId: profiles.masterKeyId, profiles: count() })
        .from(profiles)
        .where(areUnknown)
        .groupBy(profiles.masterKeyId),
    );
    if (rows.length === 0) return;
    throw new CarrelError(
      'profile_key_missing',
      `${rewrapped} keys were wrapped with the master key ${masterKeys.currentId}, but those of other profiles are wrapped with ` +
        `${rows.map(({ masterKeyId }) => masterKeyId).join(', ')}, which this server does not have. Give it those, and rotate again.`,
      { details: { keyId: masterKeys.currentId, rewrapped, missing: rows } },
    );
  }
}
