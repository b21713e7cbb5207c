import {
  type BrowserProfileRequest,
  CarrelError,
  type CreateProfileRequest,
  type Profile,
  type ProfileContents,
  type ProfileVersion,
  type UpdateProfileRequest,
} from '@carrel/protocol';
import type { Logger } from 'pino';
import type { Actor, Page, PageQuery, ProfileFilter, ProfileRow, Store } from '../store/index.js';
import type { ArchiveStore } from './archive-store.js';
import { Archives } from './archives.js';
import { type AttachedProfile, Attachment } from './attached-profile.js';
import { Holds, refuseHeld } from './holds.js';
import { ProfileKey } from './profile-key.js';
import { Saver } from './saver.js';
import { type OnStep, type ProfileStep, stepsOf } from './steps.js';

const DEFAULT_KEEP_VERSIONS = 10;
const PATIENCE_MS = 20_000;
const SWEEP_INTERVAL_MS = 4 * 3_600_000;

export interface ProfilesOptions {
  readonly store: Store;
  readonly archives: ArchiveStore;
  /** Of one snapshot, unpacked. */
  readonly maxBytes: number;
  /** Of all that a project has in the store. */
  readonly maxProjectBytes: number;
  /** How long a save waits for a database that is away, and that of a browser's end for the store. Default: 20,000 ms */
  readonly patienceMs?: number | undefined;
  readonly logger: Logger;
  /** Hears of each step of a save and a deletion, which waits for it. */
  readonly onStep?: ((step: ProfileStep) => void | Promise<void>) | undefined;
}

/** Who attaches a profile. */
export interface Attacher {
  /** Of the browser, or of an import or export, like no other. */
  readonly browserId: string;
  readonly endUserId: string | null;
  /** How long to wait in line when another may save to it. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

type OfProject = Pick<Actor, 'projectId'>;

/** What of browsers is kept when they close, in versions, each encrypted with a key of its profile. */
export class Profiles implements AsyncDisposable {
  readonly #store: Store;
  readonly #archives: Archives;
  readonly #holds: Holds;
  readonly #saver: Saver;
  readonly #logger: Logger;
  readonly #onStep: OnStep;
  readonly #sweeping: NodeJS.Timeout;
  #sweep: Promise<void>;

  constructor({ store, archives, maxBytes, maxProjectBytes, patienceMs = PATIENCE_MS, logger, onStep }: ProfilesOptions) {
    this.#store = store;
    this.#logger = logger;
    this.#onStep = stepsOf(logger, onStep);
    this.#archives = new Archives({ store, archives, maxBytes, logger });
    this.#holds = new Holds({ store, archives: this.#archives, logger });
    this.#saver = new Saver({ store, archives: this.#archives, maxProjectBytes, patienceMs, logger, onStep: this.#onStep });
    this.#sweep = this.#sweepAndLog();
    this.#sweeping = setInterval(() => {
      this.#sweep = this.#sweepAndLog();
    }, SWEEP_INTERVAL_MS).unref();
  }

  /** @throws {CarrelError} `conflict` when the project has one of that name */
  async create({ projectId }: OfProject, request: CreateProfileRequest): Promise<Profile> {
    const { name = null, endUserId = null, metadata = {}, keepVersions = DEFAULT_KEEP_VERSIONS } = request;
    return await this.#store.profiles.create({ projectId, name, endUserId, metadata, keepVersions });
  }

  /** @throws {CarrelError} `not_found` */
  async get({ projectId }: OfProject, id: string): Promise<Profile> {
    return await this.#store.profiles.get(projectId, id);
  }

  async list({ projectId }: OfProject, query: PageQuery & ProfileFilter): Promise<Page<Profile>> {
    return await this.#store.profiles.list(projectId, query);
  }

  /** @throws {CarrelError} `not_found`, `conflict` */
  async update({ projectId }: OfProject, id: string, changes: UpdateProfileRequest): Promise<Profile> {
    const { profile, removed } = await this.#store.profiles.update(projectId, id, changes);
    await this.#archives.remove(removed);
    return removed.length === 0 ? profile : await this.#store.profiles.get(projectId, id);
  }

  /**
   * Deletes a profile: its key first, after which nothing of it can be read, whatever happens to the rest.
   * @throws {CarrelError} `not_found`, `profile_locked`
   */
  async delete(actor: Actor, id: string): Promise<void> {
    await this.#store.profileHolds.dropDead(await this.#store.profileHolds.of(id));
    await this.#store.profiles.destroyKey(actor, id, (holds) => refuseHeld(id, holds));
    await this.#onStep('key_destroyed');
    try {
      await this.#finishDeletion(id);
    } catch (error) {
      this.#logger.warn({ err: error, profileId: id }, 'a profile is deleted; the rest of what is kept of it is removed later');
    }
  }

  /** Newest first. @throws {CarrelError} `not_found` */
  async versions({ projectId }: OfProject, id: string, query: PageQuery): Promise<Page<ProfileVersion>> {
    return await this.#store.profileVersions.list(projectId, id, query);
  }

  /** Makes an old version the current one, as a new version. @throws {CarrelError} `not_found`, `profile_locked` */
  async restore({ projectId }: OfProject, id: string, version: number): Promise<ProfileVersion> {
    await this.#store.profileHolds.dropDead(await this.#store.profileHolds.of(id));
    const { restored, removed } = await this.#store.profileVersions.restore({ projectId, id, version }, (holds) => refuseHeld(id, holds));
    await this.#archives.remove(removed);
    return restored;
  }

  /**
   * What a version holds, or the current one.
   * @throws {CarrelError} `not_found`, also when nothing was saved yet; `profile_key_missing`, `profile_damaged`
   */
  async contents({ projectId }: OfProject, id: string, version?: number): Promise<ProfileContents> {
    const profile = await this.#store.profiles.row(projectId, id);
    const number = version ?? profile.currentVersion;
    if (number === null) throw new CarrelError('not_found', `Nothing was saved to profile ${id} yet.`);
    const row = await this.#store.profileVersions.row(id, number);
    if (row === null) throw new CarrelError('not_found', `Profile ${id} has no version ${number}, or no longer.`);
    return { version: number, ...this.#keyOf(profile).unsealContents(row.objectName, row.sealedContents) };
  }

  /**
   * Takes a profile for a browser; with `persist` also the right to save to it.
   * @throws {CarrelError} `not_found`, `profile_locked`, `end_user_mismatch`, `profile_key_missing`
   */
  async attach({ projectId }: OfProject, request: BrowserProfileRequest, about: Attacher): Promise<AttachedProfile> {
    const { browserId, endUserId, waitMs, signal } = about;
    const { id: profileId, persist = false } = request;
    let key: ProfileKey | undefined;
    // Before a hold is taken: what is refused shall have done nothing.
    const check = (row: ProfileRow) => {
      refuseMismatch(row, endUserId);
      key = this.#keyOf(row);
    };
    const { row, version } = persist
      ? await this.#holds.take({ projectId, browserId, waitMs, signal, request, check })
      : await this.#look(projectId, request, check);
    const release = (after?: Promise<unknown>) => this.#holds.release(profileId, browserId, after);
    try {
      return new Attachment({
        ...{ store: this.#store, archives: this.#archives, saver: this.#saver },
        ...{ projectId, profileId, browserId, version },
        endUserId: endUserId ?? row.endUserId,
        key: key ?? this.#keyOf(row),
        sealedExit: row.sealedExit,
        isGivenVersion: request.version !== undefined,
        currentVersion: row.currentVersion,
        release: persist ? release : null,
      });
    } catch (error) {
      if (persist) await release();
      throw error;
    }
  }

  /** Removes a project, and when its row and with it the keys of its profiles are gone, their archives. */
  async removeProject(projectId: string, remove: () => Promise<void>): Promise<void> {
    const names = await this.#store.profiles.archivesOfProject(projectId);
    await remove();
    await this.#archives.remove(names); // what is not gone then is swept
  }

  /**
   * Brings to their end the deletions that were cut off, and removes archives that nobody names.
   * @throws {CarrelError} `store_unavailable`, `profile_store_unavailable`
   */
  async sweep(): Promise<{ deletedProfiles: number; removedArchives: number }> {
    const halfDeleted = await this.#store.profiles.halfDeleted();
    for (const id of halfDeleted) await this.#finishDeletion(id);
    return { deletedProfiles: halfDeleted.length, removedArchives: await this.#archives.sweep() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#sweeping);
    await this.#holds[Symbol.asyncDispose]();
    await this.#sweep;
  }

  async #finishDeletion(id: string): Promise<void> {
    const isGone = await this.#archives.remove(await this.#store.profiles.archivesOf(id));
    await this.#onStep('archives_deleted');
    if (!isGone) return; // the row stays, so that it is tried again
    await this.#store.profiles.finishDeletion(id);
    await this.#onStep('deleted');
  }

  async #look(projectId: string, request: BrowserProfileRequest, check: (row: ProfileRow) => void) {
    const row = await this.#store.profiles.row(projectId, request.id);
    check(row);
    const version = request.version ?? row.currentVersion;
    if (version !== null && (await this.#store.profileVersions.row(row.id, version)) === null) {
      if (request.version === undefined) return { row, version }; // pruned since: opening it takes the newest
      throw new CarrelError('not_found', `Profile ${row.id} has no version ${version}, or no longer.`);
    }
    return { row, version };
  }

  #keyOf(row: ProfileRow): ProfileKey {
    return new ProfileKey(row.id, this.#store.profiles.key(row));
  }

  async #sweepAndLog(): Promise<void> {
    try {
      const swept = await this.sweep();
      if (swept.deletedProfiles + swept.removedArchives > 0) this.#logger.info(swept, 'removed what was left of profiles');
    } catch (error) {
      this.#logger.warn({ err: error }, 'what was left of profiles could not be removed; it is tried again in four hours');
    }
  }
}

/** @throws {CarrelError} `end_user_mismatch` */
function refuseMismatch({ id, endUserId }: ProfileRow, asked: string | null): void {
  if (endUserId === null || asked === null || endUserId === asked) return;
  throw new CarrelError(
    'end_user_mismatch',
    `Profile ${id} belongs to another end user than the browser is for. Use a profile of theirs.`,
    {
      details: { profileId: id },
    },
  );
}
