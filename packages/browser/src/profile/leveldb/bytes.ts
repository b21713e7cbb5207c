import { CarrelError } from '@carrel/protocol';

/** What a browser wrote that is not as its format has it. */
export const damaged = (what: string) =>
  new CarrelError('profile_damaged', `A database that the browser kept cannot be read: ${what}. Open an earlier version of the profile.`);

/** Reads forward through bytes that nobody vouches for: whatever would go past their end is refused. */
export class ByteReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next bytes, not copied. */
  take(length: number): Buffer {
    if (length > this.left) throw damaged('it ends too early');
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  uint64(): number {
    return safe(this.take(8).readBigUInt64LE());
  }

  /** A LEB128 number of at most 64 bits, which has to be one that JavaScript can hold. */
  varint(): number {
    const first = this.#bytes[this.#offset];
    if (first === undefined || first >= 0x80) return safe(this.varint64());
    this.#offset += 1;
    return first;
  }

  varint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 64n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw damaged('a number has no end');
  }

  /** Bytes with their length before them. */
  sized(): Buffer {
    return this.take(this.varint());
  }
}

/** Numbers in these formats count files, bytes and changes: none that a browser wrote is as large as JavaScript cannot hold. */
function safe(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('a number is too large');
  return Number(value);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}

export const sized = (bytes: Buffer) => Buffer.concat([varint(bytes.length), bytes]);
