import { access, constants, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { syncDirectory } from '../store/index.js';
import {
  type ArchiveStore,
  archiveMissing,
  archiveStoreError,
  archiveStoreFault,
  chunksOf,
  type FetchedArchive,
  type StoredArchive,
} from './archive-store.js';

const UNFINISHED = '.new';

/** A file for each archive, in one directory that only the server's user may look into. */
export class DirectoryStore implements ArchiveStore {
  readonly #directory: string;

  /** @param directory absolute path; made when it is not there */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(name: string, stream: Readable, signal?: AbortSignal): Promise<{ sizeBytes: number }> {
    const path = this.#path(name);
    const unfinished = `${path}${UNFINISHED}`;
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      const sizeBytes = await write(unfinished, stream, signal);
      await rename(unfinished, path);
      await syncDirectory(this.#directory);
      return { sizeBytes };
    } catch (cause) {
      stream.destroy(); // when it was not begun
      await rm(unfinished, { force: true }).catch(() => {}); // swept later
      throw archiveStoreError(cause, 'keep an archive');
    }
  }

  async fetch(name: string): Promise<FetchedArchive> {
    const path = this.#path(name);
    try {
      await access(path, constants.R_OK);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw archiveMissing(name, cause);
      throw archiveStoreError(cause, 'give an archive');
    }
    return { path, [Symbol.asyncDispose]: async () => {} };
  }

  async delete(name: string): Promise<void> {
    await rm(this.#path(name), { force: true }).catch((cause: unknown) => {
      throw archiveStoreError(cause, 'remove an archive');
    });
  }

  async *list(): AsyncIterable<StoredArchive> {
    for (const name of await this.#names()) {
      const stats = await stat(this.#path(name)).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') return null; // removed since
        throw archiveStoreError(cause, 'list its archives');
      });
      if (stats?.isFile()) yield { name, modifiedAt: stats.mtime };
    }
  }

  async check(): Promise<void> {
    await assertWritable(this.#directory).catch((cause: unknown) => {
      throw archiveStoreFault(cause, `use the directory ${this.#directory}`);
    });
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  async #names(): Promise<string[]> {
    return await readdir(this.#directory).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return []; // nothing was kept yet
      throw archiveStoreError(cause, 'list its archives');
    });
  }
}

/** Whether files can be made in it, or in what is there of the way to it. */
async function assertWritable(directory: string): Promise<void> {
  const stats = await stat(directory).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' && dirname(directory) !== directory) return null;
    throw cause;
  });
  if (stats === null) return await assertWritable(dirname(directory));
  if (!stats.isDirectory()) throw new Error(`${directory} is a file`);
  await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
}

/** @returns how many bytes it has, when they are durable */
async function write(path: string, stream: Readable, signal: AbortSignal | undefined): Promise<number> {
  const handle = await open(path, 'wx', 0o600);
  try {
    let sizeBytes = 0;
    for await (const chunk of chunksOf(stream, signal)) {
      await handle.writeFile(chunk); // behind what was written before
      sizeBytes += chunk.length;
    }
    await handle.sync();
    return sizeBytes;
  } finally {
    await handle.close();
  }
}
