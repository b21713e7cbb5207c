import { CarrelError, type Proxies } from '@carrel/protocol';
import { deriveKey, seal, unseal } from '../store/index.js';
import type { KeptContents } from './contents.js';

/** The key of all that is kept of one profile. */
export class ProfileKey {
  readonly #profileId: string;
  readonly #key: Buffer;

  constructor(profileId: string, key: Buffer) {
    this.#profileId = profileId;
    this.#key = key;
  }

  /** For archives, which have keys of their own derived from it. */
  get ofArchives(): Buffer {
    return deriveKey(this.#key, 'profile-archive');
  }

  /** Where somebody was is a secret too. Tied to the archive that the contents are of. */
  sealContents(objectName: string, contents: KeptContents): Buffer {
    return seal(this.#key, 'profile-contents', `${this.#profileId}\n${objectName}`, toBytes(contents));
  }

  /** @throws {CarrelError} `profile_damaged` */
  unsealContents(objectName: string, sealed: Buffer): KeptContents {
    return this.#open<KeptContents>('profile-contents', `${this.#profileId}\n${objectName}`, sealed);
  }

  /** Passwords of proxies are in it. */
  sealExit(proxies: Proxies): Buffer {
    return seal(this.#key, 'profile-exit', this.#profileId, toBytes(proxies));
  }

  /** @throws {CarrelError} `profile_damaged` */
  unsealExit(sealed: Buffer): Proxies {
    return this.#open<Proxies>('profile-exit', this.#profileId, sealed);
  }

  /** What is authentic was written by us, in the form that its purpose says. */
  #open<T>(purpose: 'profile-contents' | 'profile-exit', context: string, sealed: Buffer): T {
    try {
      return JSON.parse(unseal(this.#key, purpose, context, sealed).toString('utf8')) as T;
    } catch (cause) {
      const message = `What the database has of profile ${this.#profileId} was changed: it does not open any more. Restore it from a backup.`;
      throw new CarrelError('profile_damaged', message, { cause });
    }
  }
}

const toBytes = (value: unknown) => Buffer.from(JSON.stringify(value));
