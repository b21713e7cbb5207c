import { ByteReader, damaged, varint } from '../leveldb/index.js';

/** A field of a message: a number, or bytes. */
export interface Field {
  number: number;
  value: bigint | Buffer;
  /** As it is in the message, its number included. */
  encoded: Buffer;
}

/** The fields of a Protocol Buffers message, without its schema (https://protobuf.dev/programming-guides/encoding/). */
export function* readFields(message: Buffer): Generator<Field> {
  const reader = new ByteReader(message);
  while (reader.left > 0) {
    const start = message.length - reader.left;
    const tag = reader.varint();
    const value = readValue(reader, tag & 7);
    yield { number: Math.floor(tag / 8), value, encoded: message.subarray(start, message.length - reader.left) };
  }
}

/** A message with other numbers in some of its fields. */
export function withNumbers(message: Buffer, numbers: ReadonlyMap<number, number>): Buffer {
  const parts = [...readFields(message)].map(({ number, encoded }) => {
    const replaced = numbers.get(number);
    return replaced === undefined ? encoded : Buffer.concat([varint(number * 8), varint(replaced)]);
  });
  return Buffer.concat(parts);
}

function readValue(reader: ByteReader, wireType: number): bigint | Buffer {
  switch (wireType) {
    case 0:
      return reader.varint64();
    case 1:
      return reader.take(8);
    case 2:
      return reader.sized();
    case 5:
      return reader.take(4);
    default:
      throw damaged('a message has a field of an unknown kind');
  }
}

/** The last field of a number, as the format has it. */
export function fieldOf(message: Buffer, number: number): bigint | Buffer | undefined {
  let found: bigint | Buffer | undefined;
  for (const field of readFields(message)) if (field.number === number) found = field.value;
  return found;
}

export function textOf(message: Buffer, number: number): string {
  const value = fieldOf(message, number);
  if (!Buffer.isBuffer(value)) throw damaged('a message lacks a text');
  return value.toString('utf8');
}

export function numberOf(message: Buffer, number: number): number {
  const value = fieldOf(message, number);
  if (typeof value !== 'bigint' || value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged('a message lacks a number');
  return Number(value);
}
