import { addAbortSignal, type Readable } from 'node:stream';
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

/** Marks what the stream of a `put` failed with, so that it is not taken for a failure of the store. */
class StreamFailure extends Error {}

/** What a stream gives; what it fails with by itself is not the store's. */
export async function* chunksOf(stream: Readable, signal: AbortSignal | undefined): AsyncIterable<Buffer> {
  if (signal !== undefined) addAbortSignal(signal, stream);
  try {
    yield* stream;
  } catch (cause) {
    throw signal?.aborted ? cause : new StreamFailure('the stream failed', { cause });
  }
}

/**
 * What went wrong in a store, as the API says it: where the store is, and how it names things, is in the cause, which only the log has.
 * What a stream failed with, and an error of our own, stays as it is.
 */
export function archiveStoreError(cause: unknown, what: string): unknown {
  if (cause instanceof StreamFailure) return cause.cause;
  if (cause instanceof CarrelError) return cause;
  return unavailable(`${what} (${kindOf(cause)})`, cause);
}

/** The same for the operator, who asked: with all that is known. */
export function archiveStoreFault(cause: unknown, what: string): CarrelError {
  return unavailable(`${what}: ${(cause as Error).message}`, cause);
}

/** What a version names is not in the store. */
export function archiveMissing(name: string, cause: unknown): CarrelError {
  const message =
    'The archive of this version is not in the store of this server. Use another version, or have the operator restore it from a backup, or give all servers of the database the same store (CARREL_PROFILE_STORE).';
  return new CarrelError('profile_damaged', message, { cause: new Error(`There is no archive ${name}.`, { cause }) });
}

function unavailable(what: string, cause: unknown): CarrelError {
  const message = `The store of profiles could not ${what}. Try again; if it stays so, the operator has to see to it (CARREL_PROFILE_STORE).`;
  return new CarrelError('profile_store_unavailable', message, { cause });
}

/** Such as `ENOSPC` or `AccessDenied`. */
function kindOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : name;
}
