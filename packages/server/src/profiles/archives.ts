import { randomBytes } from 'node:crypto';
import { openArchive, type ProfileArchive, type ProfileSnapshot, sealArchive } from '@carrel/browser';
import type { Logger } from 'pino';
import type { NewVersion, Store } from '../store/index.js';
import type { ArchiveStore } from './archive-store.js';
import type { ProfileKey } from './profile-key.js';

/** Of what nobody names; a save takes minutes at most between keeping its archive and naming it. */
const ABANDONED_AFTER_MS = 3_600_000;
const NAMES_AT_ONCE = 500;

export interface ArchivesOptions {
  readonly store: Store;
  readonly archives: ArchiveStore;
  /** Of one snapshot, unpacked. */
  readonly maxBytes: number;
  readonly logger: Logger;
}

/** An archive as a version names it. */
export type NamedArchive = Pick<NewVersion, 'objectName' | 'unpackedBytes'>;
type KeptArchive = Pick<NewVersion, 'objectName' | 'sizeBytes' | 'unpackedBytes'>;

/** The archives of all profiles of one database, in the store. */
export class Archives {
  readonly #options: ArchivesOptions;

  constructor(options: ArchivesOptions) {
    this.#options = options;
  }

  /** A name that nothing had and nothing will have. It says of which database it is: another may have the same store. */
  newName(): string {
    return `${this.#prefix}${randomBytes(16).toString('hex')}`;
  }

  /** Seals a snapshot and keeps it. @throws {CarrelError} `profile_too_large`, `profile_store_unavailable` */
  async put(objectName: string, profileId: string, key: ProfileKey, snapshot: ProfileSnapshot, signal?: AbortSignal): Promise<KeptArchive> {
    const { archives, maxBytes } = this.#options;
    const { stream, unpackedBytes } = sealArchive(snapshot, { key: key.ofArchives, profileId, maxBytes });
    const { sizeBytes } = await archives.put(objectName, stream, signal);
    return { objectName, sizeBytes, unpackedBytes: unpackedBytes() };
  }

  /**
   * Checks all of an archive, and opens it; what was kept before the cap was lowered, too.
   * @throws {CarrelError} `profile_damaged`, `profile_foreign`, `profile_hostile`, `profile_store_unavailable`
   */
  async open({ objectName, unpackedBytes }: NamedArchive, profileId: string, key: ProfileKey): Promise<ProfileArchive> {
    const { archives } = this.#options;
    const maxBytes = Math.max(this.#options.maxBytes, unpackedBytes);
    const fetched = await archives.fetch(objectName);
    try {
      const archive = await openArchive(fetched.path, { key: key.ofArchives, profileId, maxBytes });
      return {
        state: archive.state,
        extract: (directory, uid) => archive.extract(directory, uid),
        [Symbol.asyncDispose]: async () => {
          await archive[Symbol.asyncDispose]();
          await fetched[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      await fetched[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Removes archives that nothing names any more. @returns whether all are gone; what is not now is swept later */
  async remove(objectNames: readonly string[]): Promise<boolean> {
    const { archives, logger } = this.#options;
    const results = await Promise.allSettled(objectNames.map((name) => archives.delete(name)));
    const failures = results.filter((result) => result.status === 'rejected');
    if (failures.length > 0)
      logger.warn({ err: failures[0]?.reason, count: failures.length }, 'archives could not be removed from the store');
    return failures.length === 0;
  }

  /** Removes what dead servers put into the store and nobody names. @returns how many */
  async sweep(): Promise<number> {
    const { archives } = this.#options;
    const latest = Date.now() - ABANDONED_AFTER_MS;
    let removed = 0;
    const names: string[] = [];
    const removeUnnamed = async () => {
      const unnamed = await this.#options.store.profileVersions.unnamed(names.splice(0));
      if (await this.remove(unnamed)) removed += unnamed.length;
    };
    for await (const { name, modifiedAt } of archives.list()) {
      if (name.startsWith(this.#prefix) && modifiedAt.getTime() < latest) names.push(name);
      if (names.length >= NAMES_AT_ONCE) await removeUnnamed();
    }
    await removeUnnamed();
    return removed;
  }

  /** Each database has a default project of its own. */
  get #prefix(): string {
    return `${this.#options.store.defaultProject.id}.`;
  }
}
