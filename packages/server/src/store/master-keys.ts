import { timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { readOrCreatePrivateFile, replacePrivateFile } from './private-file.js';
import { cdpToken, isCdpToken, keyedHash, keyIdOf, type MasterPurpose, newKey, seal, unseal } from './secrets.js';

const KEY_BYTES = 32;
/** What was sealed or derived for clients (answers that are replayed, URLs of browsers) is over after this. */
const RETIREMENT_MS = 24 * 3_600_000;

interface MasterKey {
  readonly id: string;
  readonly key: Buffer;
  /** When another took its place; null for the current one, and for those that an operator wrote into the file or the environment. */
  readonly retiredAt: Date | null;
}

/** A key that is encrypted with a master key. */
export interface WrappedKey {
  readonly wrappedKey: Buffer;
  /** Names the master key. */
  readonly masterKeyId: string;
}

/**
 * The keys that all others are derived from or wrapped by. The first is the current one: it seals and wraps. Earlier ones only open what
 * was made with them.
 */
export class MasterKeys {
  /** Null: they are from the environment. */
  readonly #path: string | null;
  #keys: readonly [MasterKey, ...MasterKey[]];

  private constructor(path: string | null, keys: readonly [MasterKey, ...MasterKey[]]) {
    this.#path = path;
    this.#keys = keys;
  }

  /**
   * The given keys, else those of the file `master.key` in the data directory: a line each, the current one first, in base64, an earlier
   * one with the time of its retirement behind it. It is made on the first start, with mode 0600.
   *
   * @throws CarrelError `internal` when the file holds no key, or cannot be read or made.
   */
  static async load(dataDir: string, given: readonly Buffer[] | undefined): Promise<MasterKeys> {
    const [first, ...others] = given ?? [];
    if (first !== undefined) return new MasterKeys(null, unlike([newMasterKey(first), ...others.map((key) => newMasterKey(key))]));
    const path = join(dataDir, 'master.key');
    const text = await readOrCreatePrivateFile(path, () => formatKeys([newMasterKey(newKey())]));
    const [current, ...earlier] = text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => parseLine(line, path));
    if (current === undefined) throw damaged(path);
    return new MasterKeys(path, unlike([current, ...earlier]));
  }

  /** Names the key that seals and wraps now. */
  get currentId(): string {
    return this.#keys[0].id;
  }

  /** Names all of them, the current one first. */
  get ids(): string[] {
    return this.#keys.map(({ id }) => id);
  }

  /** Whether they are in the file, where they can be renewed, or in the environment, where only the operator can. */
  get isInFile(): boolean {
    return this.#path !== null;
  }

  /** The token with which a client may speak CDP to that browser. */
  cdpToken(browserId: string): string {
    return cdpToken(this.#keys[0].key, browserId);
  }

  /** Whether that is the browser's token, by any of the keys; compared in constant time. */
  isCdpToken(browserId: string, token: string): boolean {
    return this.#keys.map(({ key }) => isCdpToken(key, browserId, token)).includes(true);
  }

  /** A hash that nobody can make or check without the master key. */
  hash(purpose: MasterPurpose, text: string): Buffer {
    return keyedHash(this.#keys[0].key, purpose, text);
  }

  /** Whether that is the hash of the text, by any of the keys; compared in constant time. */
  isHash(purpose: MasterPurpose, text: string, hash: Buffer): boolean {
    return this.#keys.map(({ key }) => isSame(keyedHash(key, purpose, text), hash)).includes(true);
  }

  /** Encrypts. `context` is not kept: the same one opens it. */
  seal(purpose: MasterPurpose, context: string, plain: Buffer): Buffer {
    return seal(this.#keys[0].key, purpose, context, plain);
  }

  /** @throws CarrelError `internal` when none of the keys opens it, or it was changed. */
  unseal(purpose: MasterPurpose, context: string, sealed: Buffer): Buffer {
    let cause: unknown;
    for (const { key } of this.#keys) {
      try {
        return unseal(key, purpose, context, sealed);
      } catch (error) {
        cause = error; // by another, perhaps
      }
    }
    const message =
      'A stored secret cannot be decrypted. Is CARREL_MASTER_KEY, or master.key in the data directory, still the one it was made with?';
    throw new CarrelError('internal', message, { cause });
  }

  /** The same, sealed with the current key; null when it is already. @throws CarrelError as `unseal` does */
  reseal(purpose: MasterPurpose, context: string, sealed: Buffer): Buffer | null {
    try {
      unseal(this.#keys[0].key, purpose, context, sealed);
      return null;
    } catch {
      // By an earlier one, then.
      return this.seal(purpose, context, this.unseal(purpose, context, sealed));
    }
  }

  /** Encrypts a key, and says by which master key. */
  wrap(context: string, plain: Buffer): WrappedKey {
    const { id, key } = this.#keys[0];
    return { wrappedKey: seal(key, 'profile-key', context, plain), masterKeyId: id };
  }

  /** @throws CarrelError `profile_key_missing` when that master key is not among ours, `internal` when what is wrapped was changed. */
  unwrap(context: string, { wrappedKey, masterKeyId }: WrappedKey): Buffer {
    const found = this.#keys.find(({ id }) => id === masterKeyId);
    if (found === undefined) throw keyMissing(masterKeyId, this.#path);
    try {
      return unseal(found.key, 'profile-key', context, wrappedKey);
    } catch (cause) {
      throw new CarrelError('internal', `The key of ${context} in the database was changed: it does not open any more.`, { cause });
    }
  }

  /** Makes a new key the current one, when it is durable in the file. With keys of the environment nothing is done. */
  async renew(): Promise<void> {
    if (this.#path === null) return;
    const [current, ...earlier] = this.#keys;
    await this.#replace(this.#path, [newMasterKey(newKey()), { ...current, retiredAt: new Date() }, ...earlier]);
  }

  /**
   * Drops those keys from the file that were retired more than a day ago, as nothing is left that was sealed with them for a time, and
   * that no key needs.
   * @param isNeeded asked of each such key by its id
   * @returns the ids of those that were dropped
   */
  async dropRetired(isNeeded: (id: string) => Promise<boolean>): Promise<string[]> {
    const [current, ...earlier] = this.#keys;
    const dropped: string[] = [];
    for (const { id, retiredAt } of earlier) {
      const isOver = retiredAt !== null && retiredAt.getTime() + RETIREMENT_MS < Date.now();
      if (isOver && !(await isNeeded(id))) dropped.push(id);
    }
    if (this.#path !== null && dropped.length > 0) {
      await this.#replace(this.#path, [current, ...earlier.filter(({ id }) => !dropped.includes(id))]);
    }
    return dropped;
  }

  async #replace(path: string, keys: readonly [MasterKey, ...MasterKey[]]): Promise<void> {
    await replacePrivateFile(path, formatKeys(keys));
    this.#keys = keys;
  }
}

const isSame = (one: Buffer, other: Buffer) => one.length === other.length && timingSafeEqual(one, other);

const newMasterKey = (key: Buffer): MasterKey => ({ id: keyIdOf(key), key, retiredAt: null });

function unlike([current, ...earlier]: [MasterKey, ...MasterKey[]]): [MasterKey, ...MasterKey[]] {
  const others = new Map(earlier.filter(({ id }) => id !== current.id).map((key) => [key.id, key]));
  return [current, ...others.values()];
}

function formatKeys(keys: readonly MasterKey[]): string {
  return keys.map(({ key, retiredAt }) => `${key.toString('base64')}${retiredAt === null ? '' : ` ${retiredAt.toISOString()}`}\n`).join('');
}

function parseLine(line: string, path: string): MasterKey {
  const [encoded = '', retired, ...rest] = line.trim().split(/\s+/);
  const key = Buffer.from(encoded, 'base64');
  const retiredAt = retired === undefined ? null : new Date(retired);
  if (key.length !== KEY_BYTES || rest.length > 0 || Number.isNaN(retiredAt?.getTime())) throw damaged(path);
  return { ...newMasterKey(key), retiredAt };
}

function damaged(path: string): CarrelError {
  const message = `The file ${path} holds something else than keys of 32 bytes in base64, one a line. Restore it, or set CARREL_MASTER_KEY.`;
  return new CarrelError('internal', message);
}

function keyMissing(masterKeyId: string, path: string | null): CarrelError {
  const where = path === null ? 'behind the others in CARREL_MASTER_KEY' : `as a further line of ${path}`;
  return new CarrelError(
    'profile_key_missing',
    `What is asked for is encrypted with the master key ${masterKeyId}, which this server does not have. Add it ${where}, and start again.`,
    { details: { masterKeyId } },
  );
}
