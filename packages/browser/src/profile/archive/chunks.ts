import { createCipheriv, createDecipheriv } from 'node:crypto';
import { damaged } from './failures.js';
import type { ChunkKey } from './header.js';

const ALGORITHM = 'aes-256-gcm';
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
/** Of what is encrypted at once: large enough that the calls do not count, small enough that nothing waits for one. */
const PLAIN_CHUNK_BYTES = 256 * 1024;
/** Of an encrypted chunk; the last one is shorter or as long. */
export const CHUNK_BYTES = PLAIN_CHUNK_BYTES + TAG_BYTES;

/**
 * Encrypts a stream in chunks, each with the header and the profile as associated data: the STREAM construction, in which the nonce counts the
 * chunks and says which is the last, so that none can be taken away, added, changed, or put elsewhere (Hoang, Reyhanitabar, Rogaway, Vizár:
 * Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, CRYPTO 2015, https://eprint.iacr.org/2015/189). The nonce is laid out as
 * age does: 11 bytes that count, and one that is 1 in the last chunk.
 */
export async function* sealChunks(plain: AsyncIterable<Uint8Array>, key: ChunkKey): AsyncGenerator<Buffer> {
  let index = 0;
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  for await (let piece of plain) {
    // A chunk goes out when more comes: only then is it not the last.
    while (bytes + piece.length > PLAIN_CHUNK_BYTES) {
      const cut = PLAIN_CHUNK_BYTES - bytes;
      yield* sealChunk([...gathered, piece.subarray(0, cut)], index++, false, key);
      piece = piece.subarray(cut);
      gathered = [];
      bytes = 0;
    }
    gathered.push(piece);
    bytes += piece.length;
  }
  yield* sealChunk(gathered, index, true, key);
}

/** In pieces: putting them together would be work for the garbage collector alone, which stops everybody. */
function* sealChunk(pieces: Uint8Array[], index: number, isLast: boolean, { key, associatedData }: ChunkKey): Generator<Buffer> {
  const cipher = createCipheriv(ALGORITHM, key, nonce(index, isLast), { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData);
  for (const piece of pieces) yield cipher.update(piece);
  cipher.final(); // a stream cipher: nothing is left over
  yield cipher.getAuthTag();
}

/** @throws {CarrelError} `profile_damaged` when it is not the chunk of this place */
export function openChunk(chunk: Buffer, index: number, isLast: boolean, { key, associatedData }: ChunkKey): Buffer {
  const plainBytes = chunk.length - TAG_BYTES;
  if (plainBytes < 0) throw damaged('it was cut off');
  const decipher = createDecipheriv(ALGORITHM, key, nonce(index, isLast), { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData);
  decipher.setAuthTag(chunk.subarray(plainBytes));
  const plain = decipher.update(chunk.subarray(0, plainBytes));
  try {
    decipher.final();
  } catch (cause) {
    throw damaged('it was cut off or changed', cause);
  }
  return plain;
}

function nonce(index: number, isLast: boolean): Buffer {
  const bytes = Buffer.alloc(NONCE_BYTES);
  bytes.writeUIntBE(index, NONCE_BYTES - 7, 6);
  bytes.writeUInt8(isLast ? 1 : 0, NONCE_BYTES - 1);
  return bytes;
}
