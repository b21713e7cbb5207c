import { type ProfileSnapshot, surveyProfile } from '@carrel/browser';
import { CarrelError, type ProfileVersion } from '@carrel/protocol';
import type { Logger } from 'pino';
import type { Committed, NewVersion, SavedVersions, Store } from '../store/index.js';
import type { Archives, NamedArchive } from './archives.js';
import { contentsOf, type KeptContents, tooLarge } from './contents.js';
import { withMerged } from './merging.js';
import { persistently } from './persistently.js';
import type { ProfileKey } from './profile-key.js';
import type { OnStep } from './steps.js';

/** So often others may save between a merge and its end. */
const MAX_MERGES = 20;

export type SaveSource = 'close' | 'checkpoint' | 'automatic' | 'import';

export interface SaverOptions {
  readonly store: Store;
  readonly archives: Archives;
  /** Of all archives of a project. */
  readonly maxProjectBytes: number;
  /** How long the database may be away before a save fails, and at the end of a browser, which has no next time, the store of archives. */
  readonly patienceMs: number;
  readonly logger: Logger;
  readonly onStep: OnStep;
}

/** From where a browser goes on in the history of its profile. */
export interface Lineage {
  /** The version that its state comes from: what it is merged against. */
  readonly base: number | null;
  /** The version whose place its next one takes; when another is the current one by then, they are merged. */
  readonly replaces: number | null;
  /** What it saved by itself last, which its next one makes superfluous. */
  readonly obsolete: readonly number[];
}

export interface SaveRequest {
  readonly profileId: string;
  readonly browserId: string;
  readonly key: ProfileKey;
  readonly lineage: Lineage;
  readonly snapshot: ProfileSnapshot;
  readonly source: SaveSource;
  readonly signal?: AbortSignal | undefined;
}

export interface Saved {
  /** What is the current version now. */
  readonly version: ProfileVersion;
  readonly lineage: Lineage;
}

/** A version that is in the store, and its contents for the errors that name them. */
interface Draft {
  readonly row: NewVersion;
  readonly contents: KeptContents;
}

/** Makes new versions of profiles: each appears whole or not at all, whatever dies when. */
export class Saver {
  readonly #options: SaverOptions;

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  /**
   * @throws {CarrelError} `profile_too_large`, `profile_store_unavailable`, `store_unavailable`, `not_found` when the profile is deleted.
   *   What was there before is still there, and nothing of this.
   */
  async save(request: SaveRequest): Promise<Saved> {
    const { archives, onStep } = this.#options;
    const { snapshot, source, lineage } = request;
    const put: string[] = [];
    try {
      const own = await this.#draft(request, snapshot, put, { source, basedOn: lineage.base, mergedWith: null });
      const committed = await this.#commit(request, own, put);
      await onStep('committed');
      const unused = put.filter((name) => name !== own.row.objectName && name !== committed.mergedName);
      await archives.remove([...committed.removed, ...unused]);
      await onStep('pruned');
      return toSaved(request, committed);
    } catch (error) {
      const committed = await this.#committedOf(request, put);
      if (committed === null) throw error;
      this.#options.logger.warn({ err: error, profileId: request.profileId }, 'a save is done, although something failed at its end');
      return toSaved(request, committed);
    }
  }

  async #commit(request: SaveRequest, own: Draft, put: string[]) {
    const { store, onStep, maxProjectBytes, patienceMs } = this.#options;
    const hold = { browserId: request.browserId, nodeId: store.nodeId };
    const cap = { maxBytes: maxProjectBytes, error: (bytes: number) => projectTooLarge(bytes, maxProjectBytes, own.contents) };
    const { profileId, lineage, signal } = request;
    const commit = (replaces: number | null, merged: Draft | null): Promise<Committed> => {
      const all = { profileId, replaces, own: own.row, merged: merged?.row ?? null, hold, obsolete: lineage.obsolete, cap };
      return persistently(patienceMs, () => store.profileVersions.commit(all), signal);
    };
    let { replaces } = lineage;
    let merged: Draft | null = null;
    for (let merges = 0; merges <= MAX_MERGES; merges++) {
      await onStep('committing');
      const outcome: Committed = await commit(replaces, merged).catch((error: unknown) => {
        if (merged === null || !this.#isBetterUnmerged(error, request)) throw error;
        merged = null;
        return commit(replaces, null);
      });
      if (outcome.kind === 'committed') return { ...outcome, mergedName: merged?.row.objectName };
      replaces = outcome.currentVersion;
      merged = await this.#merge(request, outcome.currentVersion, put);
    }
    throw new CarrelError(
      'conflict',
      'Others save to the profile all the time, so that this could not be merged with what they saved. Try again.',
    );
  }

  /** Null: what the other saved is not there any more, cannot be read or merged, or had better not be; then this takes its place. */
  async #merge(request: SaveRequest, theirs: number, put: string[]): Promise<Draft | null> {
    const { store, archives, onStep, logger, patienceMs } = this.#options;
    const { profileId, key, lineage, snapshot, signal } = request;
    const rowOf = (version: number) => persistently(patienceMs, () => store.profileVersions.row(profileId, version), signal);
    const open = (named: NamedArchive) =>
      this.#withArchives(request, async () => {
        await onStep('merging');
        return await archives.open(named, profileId, key);
      });
    const theirRow = await rowOf(theirs);
    if (theirRow === null) return null; // a newer one took its place: the next attempt says so
    const baseRow = lineage.base === null ? null : await rowOf(lineage.base);
    const sides = { base: baseRow, theirs: theirRow, mine: snapshot };
    const kind = { source: 'merge', basedOn: null, mergedWith: theirs } as const;
    const draft = await withMerged({ ...sides, profileId, open, logger }, (merged) => this.#draft(request, merged, put, kind)).catch(
      (error: unknown) => {
        if (!this.#isBetterUnmerged(error, request)) throw error;
        return null;
      },
    );
    await onStep('merged');
    return draft;
  }

  /** Surveys, seals and keeps a snapshot. @param put gets the name of the archive when it is there */
  async #draft(
    request: SaveRequest,
    snapshot: ProfileSnapshot,
    put: string[],
    kind: Pick<NewVersion, 'source' | 'basedOn' | 'mergedWith'>,
  ): Promise<Draft> {
    const { archives, onStep } = this.#options;
    const { profileId, browserId, key, signal } = request;
    const keeping = this.#withArchives(request, async () => {
      await onStep('sealing');
      // Of a name that failed it is not known what is there: it is swept.
      return await archives.put(archives.newName(), profileId, key, snapshot, signal);
    });
    keeping.catch(() => {}); // looked at below
    const contents = contentsOf(snapshot.state, (await surveyProfile(snapshot.directory)).origins);
    const kept = await keeping.catch((error: unknown) => {
      throw snapshotTooLarge(error, contents);
    });
    put.push(kept.objectName);
    await onStep('stored');
    const { kind: browserKind, browserVersion } = snapshot.state;
    const sealedContents = key.sealContents(kept.objectName, contents);
    return { row: { ...kept, ...kind, browserId, kind: browserKind, browserVersion, sealedContents }, contents };
  }

  /** Does something with the store of archives; at the end of a browser with patience, as there is no next time. */
  #withArchives<T>({ source, signal }: SaveRequest, work: () => Promise<T>): Promise<T> {
    return persistently(source === 'close' ? this.#options.patienceMs : 0, work, signal);
  }

  /** Too large together; or the store stays away when the browser has ended: then both are kept as they are. */
  #isBetterUnmerged(error: unknown, { source, profileId }: SaveRequest): boolean {
    if (!(error instanceof CarrelError)) return false;
    const isBetter = error.code === 'profile_too_large' || (error.code === 'profile_store_unavailable' && source === 'close');
    if (isBetter) {
      this.#options.logger.error(
        { err: error, profileId },
        'what two browsers made of a profile is not merged: the last one is as it is, the other in the history',
      );
    }
    return isBetter;
  }

  /** What of a save that failed is there nonetheless, as when only the answer of the database was lost; the rest is removed. */
  async #committedOf({ profileId }: SaveRequest, put: readonly string[]): Promise<SavedVersions | null> {
    const { store, archives, logger } = this.#options;
    const [own, ...merges] = put;
    if (own === undefined) return null;
    let committed: SavedVersions | null = null;
    try {
      committed = await store.profileVersions.findCommitted(profileId, own, merges);
      await archives.remove(await store.profileVersions.unnamed(put));
    } catch (error) {
      logger.warn({ err: error, profileId }, 'what a failed save has put into the store is swept later');
    }
    return committed;
  }
}

function toSaved({ source }: SaveRequest, { own, current }: SavedVersions): Saved {
  const versions = current.version === own.version ? [own.version] : [own.version, current.version];
  return {
    version: current,
    // After a merge the browser still has its own: the next time they are merged again.
    lineage: { base: own.version, replaces: own.version, obsolete: source === 'automatic' ? versions : [] },
  };
}

function snapshotTooLarge(cause: unknown, contents: KeptContents): unknown {
  if (!(cause instanceof CarrelError) || cause.code !== 'profile_too_large') return cause;
  return tooLarge({ message: cause.message, details: cause.details, contents, cause });
}

function projectTooLarge(bytes: number, maxBytes: number, contents: KeptContents): CarrelError {
  const message =
    `All profiles of the project would take ${bytes} bytes in the store, and may take ${maxBytes} (CARREL_PROFILES_MAX_BYTES). ` +
    'Delete profiles, keep fewer versions, or have the operator raise the limit.';
  return tooLarge({ message, details: { bytes, maxBytes }, contents });
}
