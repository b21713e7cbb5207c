import type { ProfileArchive, ProfileSnapshot } from '@carrel/browser';
import { CarrelError, type ProfileVersion, type Proxies } from '@carrel/protocol';
import type { Store } from '../store/index.js';
import type { Archives } from './archives.js';
import type { ProfileKey } from './profile-key.js';
import type { Lineage, Saver, SaveSource } from './saver.js';

/** A version that is only read may be pruned between two looks, but not for ever. */
const MAX_LOOKS = 5;

/** A profile as one browser, or one import or export, has it: disposing of it gives its hold back. */
export interface AttachedProfile extends AsyncDisposable {
  readonly profileId: string;
  /** Whom the browser is for: as it says itself, else as the profile does. */
  readonly endUserId: string | null;
  /** What to start with; null: nothing was saved yet. */
  readonly version: number | null;
  /** Where its browsers leave, with the passwords of the caller's own proxies; null: nothing was asked for. */
  readonly exit: { readonly proxies: Proxies } | null;
  /** From now on its browsers leave there when they do not ask for anything else. @throws {CarrelError} `store_unavailable` */
  keepExit(proxies: Proxies | undefined): Promise<void>;
  /**
   * The archive of {@link version}, checked; null: there is none.
   * @throws {CarrelError} `not_found` when it was pruned since, `profile_damaged`, `profile_foreign`, `profile_hostile`, `profile_store_unavailable`
   */
  open(): Promise<ProfileArchive | null>;
  /**
   * Makes a new version of the profile.
   * @returns what is the current version then: a merge of this and another, when another saved meanwhile
   * @throws {CarrelError} `profile_too_large`, `profile_store_unavailable`, `store_unavailable`, `not_found`; `conflict` when it was attached to be read
   */
  save(snapshot: ProfileSnapshot, source: SaveSource, signal?: AbortSignal): Promise<ProfileVersion>;
}

export interface AttachmentOptions {
  readonly store: Store;
  readonly archives: Archives;
  readonly saver: Saver;
  readonly projectId: string;
  readonly profileId: string;
  readonly browserId: string;
  readonly endUserId: string | null;
  readonly key: ProfileKey;
  readonly sealedExit: Buffer | null;
  readonly version: number | null;
  /** Whether that version was asked for by its number. */
  readonly isGivenVersion: boolean;
  /** The current version when it was attached. */
  readonly currentVersion: number | null;
  /** Gives the hold back once something is done; null: it is only read. */
  readonly release: ((after: Promise<unknown>) => Promise<void>) | null;
}

export class Attachment implements AttachedProfile {
  readonly #options: AttachmentOptions;
  readonly exit: { readonly proxies: Proxies } | null;
  #version: number | null;
  #lineage: Lineage;
  /** The last save: the next waits for it. */
  #saving: Promise<unknown> = Promise.resolve();
  #releasing: Promise<void> | undefined;

  constructor(options: AttachmentOptions) {
    const { key, sealedExit, version, currentVersion } = options;
    this.#options = options;
    this.#version = version;
    this.#lineage = { base: version, replaces: currentVersion, obsolete: [] };
    this.exit = sealedExit === null ? null : { proxies: key.unsealExit(sealedExit) };
  }

  get profileId(): string {
    return this.#options.profileId;
  }

  get endUserId(): string | null {
    return this.#options.endUserId;
  }

  get version(): number | null {
    return this.#version;
  }

  async keepExit(proxies: Proxies | undefined): Promise<void> {
    const { store, profileId, key } = this.#options;
    await store.profiles.setExit(profileId, proxies === undefined ? null : key.sealExit(proxies));
  }

  async open(): Promise<ProfileArchive | null> {
    const { store, archives, profileId, key, projectId, isGivenVersion, release } = this.#options;
    for (let look = 1; this.#version !== null; look++) {
      try {
        const row = await store.profileVersions.row(profileId, this.#version);
        if (row !== null) return await archives.open(row, profileId, key);
      } catch (error) {
        if (look === MAX_LOOKS || (await store.profileVersions.row(profileId, this.#version)) !== null) throw error;
      }
      // Whoever holds it keeps its version from being pruned; whoever reads takes the newest.
      if (isGivenVersion || release !== null || look === MAX_LOOKS) break;
      this.#version = (await store.profiles.row(projectId, profileId)).currentVersion;
    }
    if (this.#version === null) return null;
    throw new CarrelError('not_found', `Version ${this.#version} of profile ${profileId} was removed as newer ones came. Use another.`);
  }

  async save(snapshot: ProfileSnapshot, source: SaveSource, signal?: AbortSignal): Promise<ProfileVersion> {
    const { saver, profileId, browserId, key, release } = this.#options;
    if (release === null)
      throw new CarrelError('conflict', 'The profile is only read. To save to it, open the browser with `persist: true`.');
    const saving = this.#saving.then(async () => {
      if (this.#releasing !== undefined) throw new CarrelError('conflict', `The hold on profile ${profileId} was given back already.`);
      const saved = await saver.save({ profileId, browserId, key, lineage: this.#lineage, snapshot, source, signal });
      this.#lineage = saved.lineage;
      return saved.version;
    });
    this.#saving = saving.catch(() => {}); // its caller hears of it
    return await saving;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#releasing ??= this.#options.release?.(this.#saving) ?? Promise.resolve();
    await this.#releasing;
  }
}
