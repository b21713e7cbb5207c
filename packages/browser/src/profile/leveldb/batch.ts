import { ByteReader, damaged, sized } from './bytes.js';

const DELETION = 0;
const VALUE = 1;

/** A change to a key; without a value, its deletion. */
export interface Change {
  key: Buffer;
  value?: Buffer | undefined;
}

/** A change and its place in the order of all changes of the database. */
export interface SequencedChange extends Change {
  sequence: number;
}

/** What a record of a log holds: changes that take effect together (leveldb/db/write_batch.cc). */
export function* readBatch(record: Buffer): Generator<SequencedChange> {
  const reader = new ByteReader(record);
  const sequence = reader.uint64();
  const count = reader.uint32();
  for (let index = 0; index < count; index += 1) {
    const type = reader.byte();
    if (type !== VALUE && type !== DELETION) throw damaged('a change is of an unknown kind');
    const key = reader.sized();
    yield { sequence: sequence + index, key, value: type === VALUE ? reader.sized() : undefined };
  }
  if (reader.left > 0) throw damaged('a batch holds more than it says');
}

export function writeBatch(sequence: number, changes: readonly Change[]): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(sequence));
  head.writeUInt32LE(changes.length, 8);
  const body = changes.flatMap(({ key, value }) =>
    value === undefined ? [Buffer.of(DELETION), sized(key)] : [Buffer.of(VALUE), sized(key), sized(value)],
  );
  return Buffer.concat([head, ...body]);
}

/** The number and the kind at the end of a key in a table (leveldb/db/dbformat.h). */
export function readInternalKey(internal: Buffer, value: Buffer): SequencedChange {
  if (internal.length < 8) throw damaged('a key is too short');
  const at = internal.length - 8;
  const type = internal.readUInt8(at);
  if (type !== VALUE && type !== DELETION) throw damaged('a change is of an unknown kind');
  const sequence = internal.readUIntLE(at + 1, 4) + internal.readUIntLE(at + 5, 3) * 2 ** 32;
  if (!Number.isSafeInteger(sequence)) throw damaged('a number is too large');
  return { key: internal.subarray(0, at), sequence, value: type === VALUE ? value : undefined };
}
