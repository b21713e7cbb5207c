import { ByteReader, damaged } from './bytes.js';

/**
 * Uncompresses a block (https://github.com/google/snappy/blob/main/format_description.txt). Own code, as the library for it trusts the
 * lengths that it reads: it can be led to read the same bytes without end.
 */
export function uncompressSnappy(compressed: Buffer, maxBytes: number): Buffer {
  const reader = new ByteReader(compressed);
  const length = reader.varint();
  if (length > maxBytes) throw damaged('a block is too large');
  const output = Buffer.alloc(length);
  let at = 0;
  while (reader.left > 0) {
    const element = nextElement(reader);
    if (element.length > length - at) throw damaged('a block holds more than it says');
    if ('literal' in element) element.literal.copy(output, at);
    else copyWithin(output, at, element);
    at += element.length;
  }
  if (at !== length) throw damaged('a block holds less than it says');
  return output;
}

type Element = { length: number; literal: Buffer } | { length: number; offset: number };

function nextElement(reader: ByteReader): Element {
  const tag = reader.byte();
  const upper = tag >>> 2;
  switch (tag & 3) {
    case 0: {
      const length = (upper < 60 ? upper : reader.take(upper - 59).readUIntLE(0, upper - 59)) + 1;
      return { length, literal: reader.take(length) };
    }
    case 1:
      return { length: (upper & 7) + 4, offset: ((tag >>> 5) << 8) | reader.byte() };
    case 2:
      return { length: upper + 1, offset: reader.take(2).readUInt16LE() };
    default:
      return { length: upper + 1, offset: reader.uint32() };
  }
}

/** What is copied may be what the copy itself writes: a run is repeated so. */
function copyWithin(output: Buffer, at: number, { length, offset }: { length: number; offset: number }): void {
  if (offset === 0 || offset > at) throw damaged('a block repeats what it does not have');
  if (offset >= length) output.copyWithin(at, at - offset, at - offset + length);
  else for (let index = at; index < at + length; index += 1) output[index] = output[index - offset] ?? 0;
}
