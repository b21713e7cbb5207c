import type { Readable } from 'node:stream';
import { CarrelError } from '@carrel/protocol';

/** An archive on this machine, to be read until it is disposed of. */
export interface FetchedArchive extends AsyncDisposable {
  readonly path: string;
}

export interface StoredArchive {
  readonly name: string;
  readonly modifiedAt: Date;
}

/** Where the sealed archives of profiles are. A name is never given twice, so nothing that is there is ever changed. */
export interface ArchiveStore {
  /**
   * Keeps what the stream says, whole or not at all, and resolves when it is durable.
   * @throws {CarrelError} `profile_store_unavailable`; what the stream itself fails with is thrown as it is
   */
  put(name: string, stream: Readable, signal?: AbortSignal): Promise<{ sizeBytes: number }>;
  /** @throws {CarrelError} `profile_store_unavailable`; `profile_damaged` when it is not there */
  fetch(name: string, signal?: AbortSignal): Promise<FetchedArchive>;
  /** Removes it; one that is not there is removed already. @throws {CarrelError} `profile_store_unavailable` */
  delete(name: string): Promise<void>;
  /** All there are, those included whose `put` was cut off. @throws {CarrelError} `profile_store_unavailable` */
  list(): AsyncIterable<StoredArchive>;
  /** Whether it can be reached and used. @throws {CarrelError} `profile_store_unavailable` */
  check(): Promise<void>;
}

/** What went wrong in a store, as the API says it. An error of our own, such as that of the stream, stays as it is. */
export function archiveStoreError(cause: unknown, what: string): CarrelError {
  if (cause instanceof CarrelError) return cause;
  const message = `The store of profiles could not ${what}: ${(cause as Error).message}. Try again; if it stays so, the operator has to see to it (CARREL_PROFILE_STORE).`;
  return new CarrelError('profile_store_unavailable', message, { cause });
}

/** What a version names is not in the store. */
export function archiveMissing(name: string, cause: unknown): CarrelError {
  const message = `The archive ${name} is not in the store of this server. Restore it from a backup, use another version, or give all servers of the database the same store (CARREL_PROFILE_STORE).`;
  return new CarrelError('profile_damaged', message, { cause });
}
