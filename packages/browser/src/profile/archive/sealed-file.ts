import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CHUNK_BYTES, openChunk } from './chunks.js';
import { damaged } from './failures.js';
import { type ArchiveOwner, type ChunkKey, HEADER_BYTES, readHeader } from './header.js';

/** Archives up to this size are held in memory, decrypted, between being checked and being unpacked. */
const HELD_BYTES = 8 * 1024 * 1024;

/** The encrypted file of an archive, all of whose chunks have been checked. */
export class SealedFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #key: ChunkKey;
  readonly #sizeBytes: number;
  readonly #held: Buffer[] = [];

  private constructor(handle: FileHandle, key: ChunkKey, sizeBytes: number) {
    this.#handle = handle;
    this.#key = key;
    this.#sizeBytes = sizeBytes;
  }

  /** @throws {CarrelError} `profile_foreign`, `profile_damaged`, `profile_key_missing` */
  static async open(path: string, owner: ArchiveOwner): Promise<SealedFile> {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await handle.stat();
      const header = Buffer.alloc(Math.min(HEADER_BYTES, size));
      await readAt(handle, 0, header);
      const file = new SealedFile(handle, readHeader(header, owner), size);
      await file.#verify();
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** The compressed tar. Each chunk is checked again when it is read again. */
  async *plain(): AsyncGenerator<Buffer> {
    if (this.#held.length > 0) yield* this.#held;
    else yield* this.#decrypt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  /** Before anything of it is believed: a file that was cut off is found at its last chunk. */
  async #verify(): Promise<void> {
    const isHeld = this.#sizeBytes <= HELD_BYTES;
    for await (const chunk of this.#decrypt()) {
      if (isHeld) this.#held.push(chunk);
    }
  }

  async *#decrypt(): AsyncGenerator<Buffer> {
    const count = Math.max(1, Math.ceil((this.#sizeBytes - HEADER_BYTES) / CHUNK_BYTES));
    // The same for all: decrypting copies.
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, this.#sizeBytes));
    for (let index = 0; index < count; index++) {
      const start = HEADER_BYTES + index * CHUNK_BYTES;
      const chunk = buffer.subarray(0, Math.min(CHUNK_BYTES, this.#sizeBytes - start));
      await readAt(this.#handle, start, chunk);
      yield openChunk(chunk, index, index === count - 1, this.#key);
    }
  }
}

async function readAt(handle: FileHandle, position: number, buffer: Buffer): Promise<void> {
  for (let filled = 0; filled < buffer.length; ) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) throw damaged('it ends where it did not when it was opened');
    filled += bytesRead;
  }
}
