import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { CarrelError, fileName } from '@carrel/protocol';
import type { Logger } from 'pino';

/** How long a file is kept that belongs to no browser. */
export const KEPT_MS = 24 * 3_600_000;
const SWEEP_MS = 3_600_000;
const ABOUT = '.json';
const UNFINISHED = '.new';

/** Where a file is: what a project uploaded for all of its sessions, or what a session had downloaded when it was stopped. */
export interface FileArea {
  readonly projectId: string;
  /** `uploads`, or the id of the session. */
  readonly area: string;
}

export interface KeptFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly updatedAt: Date;
}

export interface KeptFilesOptions {
  readonly dataDir: string;
  readonly maxFileBytes: number;
  /** Of one project together. */
  readonly maxFilesBytes: number;
  readonly logger: Logger;
}

/**
 * Files that Notte's clients expect to be there before a session begins and after it has ended, where Carrel's belong to a browser: on this
 * server, for a day. On disk they are called by a hash, so that a name can be whatever it is.
 */
export class KeptFiles implements Disposable {
  readonly #options: KeptFilesOptions;
  readonly #root: string;
  readonly #sweeping: NodeJS.Timeout;

  constructor(options: KeptFilesOptions) {
    this.#options = options;
    this.#root = join(options.dataDir, 'notte-files');
    this.#sweeping = setInterval(() => void this.sweep(), SWEEP_MS).unref();
    void this.sweep();
  }

  /** Keeps a file, in place of one of the same name. @throws {CarrelError} `invalid_request` (name), `payload_too_large` */
  async put(area: FileArea, name: string, body: Readable): Promise<void> {
    const directory = this.#directoryOf(area);
    const path = join(directory, keyOf(name));
    const unfinished = `${path}.${randomUUID()}${UNFINISHED}`;
    const { maxFileBytes, maxFilesBytes } = this.#options;
    const free = Math.min(maxFileBytes, maxFilesBytes - (await this.#usedBytes(area.projectId)));
    await mkdir(directory, { recursive: true, mode: 0o700 });
    try {
      await using file = await open(unfinished, 'w', 0o600);
      let size = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > free) throw tooLarge(free);
        await file.write(chunk);
      }
      // Others may have been written meanwhile: what is not finished counts too.
      if ((await this.#usedBytes(area.projectId)) > maxFilesBytes) throw tooLarge(free);
      await writeFile(`${path}${ABOUT}`, JSON.stringify({ name }), { mode: 0o600 });
      await rename(unfinished, path);
    } catch (error) {
      body.destroy();
      await rm(unfinished, { force: true });
      throw error;
    }
  }

  /** By name. */
  async list(area: FileArea): Promise<KeptFile[]> {
    const directory = this.#directoryOf(area);
    const files: KeptFile[] = [];
    for (const entry of await namesIn(directory)) {
      if (!entry.endsWith(ABOUT)) continue;
      const path = join(directory, entry);
      try {
        const { name } = JSON.parse(await readFile(path, 'utf8')) as { name: string };
        const { size, mtime } = await stat(path.slice(0, -ABOUT.length));
        if (Date.now() - mtime.getTime() < KEPT_MS) files.push({ name, sizeBytes: size, updatedAt: mtime });
      } catch {
        // It has gone meanwhile, or was never whole.
      }
    }
    return files.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** @throws {CarrelError} `not_found` */
  async open(area: FileArea, name: string): Promise<{ file: KeptFile; stream: Readable }> {
    const path = join(this.#directoryOf(area), keyOf(name));
    const found = await stat(path).catch(() => undefined); // what cannot be looked at is not there
    if (found === undefined || Date.now() - found.mtime.getTime() >= KEPT_MS) {
      throw new CarrelError('not_found', `There is no file ${JSON.stringify(name)} here. Files are kept for ${KEPT_MS / 3_600_000} hours.`);
    }
    return { file: { name, sizeBytes: found.size, updatedAt: found.mtime }, stream: createReadStream(path) };
  }

  /** Removes what is over. */
  async sweep(): Promise<void> {
    try {
      for (const path of await this.#paths(this.#root)) {
        const found = await stat(path).catch(() => undefined); // it has gone meanwhile
        if (found !== undefined && Date.now() - found.mtime.getTime() >= KEPT_MS) await rm(path, { force: true });
      }
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'uploads and downloads that are over could not be removed; it is tried again in an hour');
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#sweeping);
  }

  async #usedBytes(projectId: string): Promise<number> {
    const paths = await this.#paths(join(this.#root, projectId));
    const sizes = await Promise.all(
      paths.map((path) =>
        stat(path).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** All files in a directory and those below. */
  async #paths(directory: string): Promise<string[]> {
    const entries = await readdir(directory, { withFileTypes: true, recursive: true }).catch(ifThere);
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  }

  #directoryOf({ projectId, area }: FileArea): string {
    return join(this.#root, projectId, area);
  }
}

/** @throws {CarrelError} `invalid_request` when no file may be called so */
function keyOf(name: string): string {
  const parsed = fileName.safeParse(name);
  if (!parsed.success) throw new CarrelError('invalid_request', `${JSON.stringify(name)} is no name that a file can have.`);
  return createHash('sha256').update(parsed.data).digest('hex');
}

const namesIn = (directory: string): Promise<string[]> => readdir(directory).catch(ifThere);

/** A directory that is not there has nothing in it. */
function ifThere(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

const tooLarge = (maxBytes: number) =>
  new CarrelError(
    'payload_too_large',
    `The file is larger than the ${maxBytes} bytes that may still be kept (CARREL_MAX_FILE_BYTES, CARREL_MAX_FILES_BYTES).`,
    {
      details: { maxBytes },
    },
  );
