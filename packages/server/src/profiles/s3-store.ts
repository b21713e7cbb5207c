import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import {
  type ArchiveStore,
  archiveMissing,
  archiveStoreError,
  archiveStoreFault,
  chunksOf,
  type FetchedArchive,
  type StoredArchive,
} from './archive-store.js';

/** S3 takes at most 10,000 parts: enough for 80 GB. So many bytes of each of the parts under way are in memory. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 2;
const CONNECT_TIMEOUT_MS = 5_000;
/** Without a byte in either direction. */
const IDLE_TIMEOUT_MS = 60_000;
const ATTEMPTS = 3;

export interface S3StoreOptions {
  readonly bucket: string;
  /** Of the keys, without a slash at its end; may be empty. */
  readonly prefix: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly forcePathStyle: boolean;
  /** Where archives are while they are read; a directory of this store's own. */
  readonly directory: string;
}

type Sdk = typeof import('@aws-sdk/client-s3');

/** An object for each archive in a bucket of S3, or of what speaks like it. Credentials are found as all of AWS's tools find them. */
export class S3Store implements ArchiveStore {
  readonly #options: S3StoreOptions;
  readonly #sdk: Sdk;
  readonly #client: S3Client;

  private constructor(options: S3StoreOptions, sdk: Sdk) {
    const { endpoint, region, forcePathStyle } = options;
    const config: S3ClientConfig = {
      forcePathStyle,
      maxAttempts: ATTEMPTS,
      requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: IDLE_TIMEOUT_MS },
      // Archives say themselves whether they are whole; not every server knows the checksums that AWS's own does.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      ...(endpoint !== undefined && { endpoint }),
      ...(region !== undefined && { region }),
    };
    this.#options = options;
    this.#sdk = sdk;
    this.#client = new sdk.S3Client(config);
  }

  /** Loads the library, which is large, only now. */
  static async open(options: S3StoreOptions): Promise<S3Store> {
    return new S3Store(options, await import('@aws-sdk/client-s3'));
  }

  async put(name: string, stream: Readable, signal?: AbortSignal): Promise<{ sizeBytes: number }> {
    const { Upload } = await import('@aws-sdk/lib-storage');
    let sizeBytes = 0;
    async function* counted() {
      for await (const chunk of chunksOf(stream, signal)) {
        sizeBytes += chunk.length;
        yield chunk;
      }
    }
    const body = Readable.from(counted());
    const upload = new Upload({
      client: this.#client,
      params: { ...this.#place(name), Body: body },
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    const onAbort = () => void upload.abort().catch(() => {}); // `done` rejects
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await upload.done();
    } catch (cause) {
      // When the stream failed, what followed from that, such as that the upload cannot be taken back, does not say why.
      throw archiveStoreError(body.errored ?? cause, 'keep an archive');
    } finally {
      signal?.removeEventListener('abort', onAbort);
      stream.destroy(); // what reads it ends with it
      body.destroy();
    }
    return { sizeBytes };
  }

  async fetch(name: string, signal?: AbortSignal): Promise<FetchedArchive> {
    const path = join(this.#options.directory, randomBytes(16).toString('hex'));
    try {
      await mkdir(this.#options.directory, { recursive: true, mode: 0o700 });
      const command = new this.#sdk.GetObjectCommand(this.#place(name));
      const { Body } = await this.#client.send(command, { ...(signal && { abortSignal: signal }) });
      if (!(Body instanceof Readable)) throw new Error('it answered without a body');
      await pipeline(Body, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { ...(signal && { signal }) });
    } catch (cause) {
      await rm(path, { force: true }).catch(() => {}); // removed at the next start
      if (cause instanceof this.#sdk.NoSuchKey) throw archiveMissing(name, cause);
      throw archiveStoreError(cause, 'give an archive');
    }
    return { path, [Symbol.asyncDispose]: () => rm(path, { force: true }) };
  }

  async delete(name: string): Promise<void> {
    await this.#client.send(new this.#sdk.DeleteObjectCommand(this.#place(name))).catch((cause: unknown) => {
      throw archiveStoreError(cause, 'remove an archive');
    });
  }

  async *list(): AsyncIterable<StoredArchive> {
    const prefix = this.#place('').Key;
    try {
      const pages = this.#sdk.paginateListObjectsV2({ client: this.#client }, { Bucket: this.#options.bucket, Prefix: prefix });
      for await (const { Contents = [] } of pages) {
        for (const { Key, LastModified } of Contents) {
          if (Key !== undefined && LastModified !== undefined) yield { name: Key.slice(prefix.length), modifiedAt: LastModified };
        }
      }
    } catch (cause) {
      throw archiveStoreError(cause, 'list its archives');
    }
  }

  async check(): Promise<void> {
    const { bucket } = this.#options;
    await this.#client.send(new this.#sdk.HeadBucketCommand({ Bucket: bucket })).catch((cause: unknown) => {
      throw archiveStoreFault(cause, `use the bucket ${bucket}`);
    });
  }

  #place(name: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.#options;
    return { Bucket: bucket, Key: prefix === '' ? name : `${prefix}/${name}` };
  }
}
