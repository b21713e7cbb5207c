import { randomUUID } from 'node:crypto';
import { chmod, chown, mkdir, open, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { type BrowserFile, CarrelError } from '@carrel/protocol';
import mime from 'mime-types';
import { checkedName, freeName, safeName } from './names.js';
import { openUntrusted, streamOf } from './safe-open.js';

export interface FileStoreOptions {
  directories: { uploads: string; downloads: string };
  browserUid: number | undefined;
  limits: { maxFileBytes: number; maxFilesBytes: number };
}

interface Entry {
  file: BrowserFile;
  path: string;
  /** Where the browser finds it under its own name, when that is not `path`. */
  stagedPath?: string;
}

interface NewFile {
  name: string;
  kind: BrowserFile['kind'];
  mimeType?: string;
  url?: string;
}

type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * The files of one browser: put there to be uploaded, or downloaded by pages. Each one that we write gets a directory of its own, so that
 * it can have its own name whatever that is; those that Chromium writes are called by a GUID and never by a name that a page chose.
 */
export class FileStore {
  readonly #options: FileStoreOptions;
  readonly #entries = new Map<string, Entry>();
  #usedBytes = 0;

  constructor(options: FileStoreOptions) {
    this.#options = options;
  }

  list(): BrowserFile[] {
    return [...this.#entries.values()].map(({ file }) => file);
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Bytes that may still be stored, for one file. */
  get freeBytes(): number {
    const { maxFileBytes, maxFilesBytes } = this.#options.limits;
    return Math.max(0, Math.min(maxFileBytes, maxFilesBytes - this.#usedBytes));
  }

  /**
   * Stores a file to upload, in place of one of the same name.
   * @throws {CarrelError} `invalid_request` (name), `payload_too_large`, `conflict` (a download has this name)
   */
  async put(name: string, body: Body): Promise<BrowserFile> {
    const plain = checkedName(name);
    const refuseDownload = () => {
      if (this.#entries.get(plain)?.file.kind !== 'download') return;
      throw new CarrelError('conflict', `A download is called ${JSON.stringify(plain)}; delete it first, or choose another name.`);
    };
    refuseDownload();
    const written = await this.#write({ name: plain, kind: 'upload' }, body);
    try {
      refuseDownload(); // one may have finished meanwhile
    } catch (error) {
      await this.#discard(written);
      throw error;
    }
    const old = this.#entries.get(plain);
    this.#entries.set(plain, written);
    if (old !== undefined) await this.#discard(old);
    return written.file;
  }

  /** Stores what was fetched as a download, under a free name near the suggested one. */
  async putDownload(suggested: { name: string; mimeType?: string; url: string }, body: Body): Promise<BrowserFile> {
    const name = safeName(suggested.name);
    const written = await this.#write({ ...suggested, name, kind: 'download' }, body);
    return this.#adopt(name, written);
  }

  /**
   * Takes over a finished download of Chromium's.
   * @throws {CarrelError} `not_found` when it is not a plain file of the browser's, `payload_too_large`
   */
  async adoptDownload(guid: string, suggestedName: string, url: string): Promise<BrowserFile> {
    const path = join(this.#options.directories.downloads, guid);
    const name = safeName(suggestedName);
    const { handle, sizeBytes } = await openUntrusted(path, this.#options.browserUid, name);
    await handle.close();
    if (sizeBytes > this.freeBytes) {
      await unlink(path);
      throw this.#tooLarge();
    }
    this.#usedBytes += sizeBytes;
    return this.#adopt(name, { file: this.#describe({ name, kind: 'download', url }, sizeBytes), path });
  }

  /** @throws {CarrelError} `not_found` */
  async open(name: string): Promise<{ file: BrowserFile; stream: Readable }> {
    const { file, path } = this.#get(name);
    const opened = await openUntrusted(path, this.#options.browserUid, name);
    return { file: { ...file, sizeBytes: opened.sizeBytes }, stream: await streamOf(opened) };
  }

  /** @throws {CarrelError} `not_found` */
  async delete(name: string): Promise<void> {
    const entry = this.#get(name);
    this.#entries.delete(name);
    await this.#discard(entry);
  }

  /**
   * The path under which the browser can read a file, ending in the file's name, which is what the page gets to see.
   * @throws {CarrelError} `not_found`
   */
  async pathForUpload(name: string): Promise<string> {
    const entry = this.#get(name);
    if (entry.stagedPath !== undefined) return entry.stagedPath;
    if (dirname(entry.path) !== this.#options.directories.downloads) return entry.path;
    const { stream } = await this.open(name);
    const copy = await this.#write({ name, kind: 'download' }, stream);
    entry.stagedPath = copy.path;
    return copy.path;
  }

  #get(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    throw new CarrelError('not_found', `The browser has no file called ${JSON.stringify(name)}; list the files to see which there are.`);
  }

  /** Gives a stored file a free name. Nothing is awaited between looking and taking. */
  #adopt(name: string, entry: Entry): BrowserFile {
    const free = freeName(name, (taken) => this.#entries.has(taken));
    const file = { ...entry.file, name: free };
    this.#entries.set(free, { ...entry, file });
    return file;
  }

  async #write(file: NewFile, body: Body): Promise<Entry> {
    const { directories, browserUid, limits } = this.#options;
    const directory = join(directories.uploads, randomUUID());
    const path = join(directory, file.name);
    let sizeBytes = 0;
    try {
      await mkdir(directory, { mode: 0o700 });
      await using handle = await open(path, 'wx', 0o600);
      for await (const chunk of body) {
        if (sizeBytes + chunk.length > limits.maxFileBytes || this.#usedBytes + chunk.length > limits.maxFilesBytes) throw this.#tooLarge();
        sizeBytes += chunk.length;
        this.#usedBytes += chunk.length;
        await handle.writeFile(chunk);
      }
      if (browserUid !== undefined && browserUid !== process.getuid?.()) {
        await chown(path, browserUid, browserUid);
        await chmod(directory, 0o711); // the browser may pass through, to a file that only it and we can read
      }
      return { file: this.#describe(file, sizeBytes), path };
    } catch (error) {
      this.#usedBytes -= sizeBytes;
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  async #discard(entry: Entry): Promise<void> {
    this.#usedBytes -= entry.file.sizeBytes * (entry.stagedPath === undefined ? 1 : 2);
    for (const path of [entry.path, entry.stagedPath]) {
      if (path === undefined) continue;
      if (dirname(path) === this.#options.directories.downloads) await rm(path, { force: true });
      else await rm(dirname(path), { recursive: true, force: true });
    }
  }

  #describe({ name, kind, mimeType, url }: NewFile, sizeBytes: number): BrowserFile {
    return {
      name,
      kind,
      sizeBytes,
      mimeType: mimeType || mime.lookup(name) || 'application/octet-stream',
      createdAt: new Date().toISOString(),
      ...(url === undefined ? {} : { url }),
    };
  }

  #tooLarge(): CarrelError {
    const { maxFileBytes, maxFilesBytes } = this.#options.limits;
    const message = `A file may have ${maxFileBytes} bytes, and all files of a browser together ${maxFilesBytes}; delete some or send less.`;
    return new CarrelError('payload_too_large', message, { details: { maxFileBytes, maxFilesBytes } });
  }
}
