import { ByteReader, damaged } from './bytes.js';
import { maskedChecksum } from './checksum.js';
import type { BoundedFile } from './files.js';
import { uncompressSnappy } from './snappy.js';

const FOOTER_BYTES = 48;
const MAGIC = Buffer.from('57fb808b247547db', 'hex');
const TRAILER_BYTES = 5;
const UNCOMPRESSED = 0;
const SNAPPY = 1;
/** A block holds at least one whole entry, and localStorage has the largest: 10 MiB for all of an origin. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024;

interface BlockHandle {
  offset: number;
  size: number;
}

/**
 * The entries of a table, in its order, of which a block at a time is in memory
 * (https://github.com/google/leveldb/blob/main/doc/table_format.md).
 */
export function* readTable(file: BoundedFile): Generator<{ internalKey: Buffer; value: Buffer }> {
  if (file.size < FOOTER_BYTES) throw damaged('a table is too short');
  const footer = file.read(file.size - FOOTER_BYTES, FOOTER_BYTES);
  if (!footer.subarray(-8).equals(MAGIC)) throw damaged('a table is no table');
  const reader = new ByteReader(footer);
  readHandle(reader); // of the index of metadata: filters, which are for those who look for one key
  const index = readHandle(reader);
  let lastEnd = 0;
  for (const { internalKey: _, value } of readBlock(file, index)) {
    const handle = readHandle(new ByteReader(value));
    // Blocks follow each other; were one named again and again, a small file would be read without end.
    if (handle.offset < lastEnd) throw damaged('the blocks of a table overlap');
    lastEnd = handle.offset + handle.size;
    yield* readBlock(file, handle);
  }
}

const readHandle = (reader: ByteReader): BlockHandle => ({ offset: reader.varint(), size: reader.varint() });

function* readBlock(file: BoundedFile, { offset, size }: BlockHandle): Generator<{ internalKey: Buffer; value: Buffer }> {
  const block = blockContents(file, offset, size);
  const restarts = block.length < 4 ? 0 : block.readUInt32LE(block.length - 4);
  const entriesEnd = block.length - 4 - restarts * 4;
  if (entriesEnd < 0) throw damaged('a block is too short');
  const reader = new ByteReader(block.subarray(0, entriesEnd));
  let key = Buffer.alloc(0);
  while (reader.left > 0) {
    const shared = reader.varint();
    const unshared = reader.varint();
    const valueBytes = reader.varint();
    if (shared > key.length) throw damaged('a key continues what is not there');
    key = Buffer.concat([key.subarray(0, shared), reader.take(unshared)]);
    yield { internalKey: key, value: reader.take(valueBytes) };
  }
}

function blockContents(file: BoundedFile, offset: number, size: number): Buffer {
  if (size > MAX_BLOCK_BYTES || offset + size + TRAILER_BYTES > file.size) throw damaged('a block lies outside of its table');
  const stored = file.read(offset, size + TRAILER_BYTES);
  if (stored.readUInt32LE(size + 1) !== maskedChecksum(stored.subarray(0, size + 1))) throw damaged('a block was changed');
  const block = stored.subarray(0, size);
  const compression = stored.readUInt8(size);
  if (compression === UNCOMPRESSED) return block;
  if (compression === SNAPPY) return uncompressSnappy(block, MAX_BLOCK_BYTES);
  throw damaged('a block is compressed in an unknown way');
}
