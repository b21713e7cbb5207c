import { pipeline, Readable } from 'node:stream';
import { constants, createBrotliCompress } from 'node:zlib';
import type { ProfileSnapshot } from '../state.js';
import { sealChunks } from './chunks.js';
import { type ArchiveOwner, headerOf, newHeader } from './header.js';
import { type Budget, packSnapshot } from './pack.js';

interface SealOptions extends ArchiveOwner {
  /** Of what is packed: more makes the stream fail with `profile_too_large`. */
  maxBytes: number;
}

export interface SealedArchive {
  /** Read it to its end, or destroy it. */
  stream: Readable;
  /** How much was packed so far: all of it once the stream has ended. */
  unpackedBytes: () => number;
}

/** Makes an archive of a snapshot, as fast as it is read: the header, then the encrypted chunks of a compressed tar. */
export function sealArchive(snapshot: ProfileSnapshot, { maxBytes, ...owner }: SealOptions): SealedArchive {
  const budget: Budget = { maxBytes, usedBytes: 0 };
  return { stream: sealTar(packSnapshot(snapshot, budget), owner), unpackedBytes: () => budget.usedBytes };
}

/** The archive that holds a tar. */
export function sealTar(tar: AsyncIterable<Uint8Array>, owner: ArchiveOwner): Readable {
  return Readable.from(archiveOf(tar, owner), { objectMode: false });
}

async function* archiveOf(tar: AsyncIterable<Uint8Array>, owner: ArchiveOwner): AsyncGenerator<Buffer> {
  const key = newHeader(owner);
  yield headerOf(key);
  // Most of what Chromium stores is compressed already; what is not shrinks to a fourth at the least effort.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 1, [constants.BROTLI_PARAM_LGWIN]: 20 };
  const compressed = createBrotliCompress({ params, chunkSize: 128 * 1024 });
  // An error ends `compressed` with it, and with that the loop below.
  pipeline(Readable.from(tar), compressed, () => undefined);
  yield* sealChunks(compressed, key);
}
