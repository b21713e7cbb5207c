import { createHash } from 'node:crypto';
import { damaged } from '../leveldb/index.js';

/** An entry of Chromium's simple cache (net/disk_cache/simple/simple_entry_format.h): header, key, one stream, the other, each with an end. */
const HEADER_BYTES = 24;
const KEY_LENGTH_AT = 12;
const KEY_HASH_AT = 16;
const INITIAL_MAGIC = Buffer.from('305c72a71b6dfbfc', 'hex');
const END_BYTES = 24;
const END_MAGIC = Buffer.from('d8410d97456ffaf4', 'hex');
const FLAGS_AT = 8;
const HAS_KEY_SHA256 = 2;

/** The name of the file with an entry's two main streams, by its key. */
export const entryFile = (key: string) =>
  `${Buffer.from(createHash('sha1').update(key).digest().subarray(0, 8)).reverse().toString('hex')}_0`;

/** The same entry under another key. */
export function withKey(entry: Buffer, oldKey: string, newKey: string): Buffer {
  const keyEnd = HEADER_BYTES + oldKey.length;
  const isWhole = entry.length >= keyEnd + END_BYTES && entry.subarray(0, 8).equals(INITIAL_MAGIC);
  if (!isWhole || entry.subarray(HEADER_BYTES, keyEnd).toString('latin1') !== oldKey) throw damaged('a script is not what it is kept as');
  const header = Buffer.from(entry.subarray(0, HEADER_BYTES));
  header.writeUInt32LE(newKey.length, KEY_LENGTH_AT);
  header.writeUInt32LE(superFastHash(Buffer.from(newKey, 'latin1')), KEY_HASH_AT);
  const rest = Buffer.from(entry.subarray(keyEnd));
  const end = rest.subarray(-END_BYTES);
  if (!end.subarray(0, 8).equals(END_MAGIC)) throw damaged('a script has no end');
  if ((end.readUInt32LE(FLAGS_AT) & HAS_KEY_SHA256) !== 0) {
    if (rest.length < END_BYTES + 32) throw damaged('a script is too short');
    createHash('sha256')
      .update(newKey)
      .digest()
      .copy(rest, rest.length - END_BYTES - 32);
  }
  return Buffer.concat([header, Buffer.from(newKey, 'latin1'), rest]);
}

/** Paul Hsieh's hash, which Chromium has as base::PersistentHash (http://www.azillionmonkeys.com/qed/hash.html). */
export function superFastHash(data: Buffer): number {
  let hash = data.length >>> 0;
  let at = 0;
  for (; at + 4 <= data.length; at += 4) {
    hash = (hash + data.readUInt16LE(at)) >>> 0;
    hash = ((hash << 16) ^ ((data.readUInt16LE(at + 2) << 11) ^ hash)) >>> 0;
    hash = (hash + (hash >>> 11)) >>> 0;
  }
  return avalanche(withTail(hash, data.subarray(at)));
}

function withTail(before: number, tail: Buffer): number {
  let hash = before;
  switch (tail.length) {
    case 3:
      hash = (hash + tail.readUInt16LE()) >>> 0;
      hash = (hash ^ (hash << 16) ^ (tail.readInt8(2) << 18)) >>> 0;
      return (hash + (hash >>> 11)) >>> 0;
    case 2:
      hash = (hash + tail.readUInt16LE()) >>> 0;
      hash = (hash ^ (hash << 11)) >>> 0;
      return (hash + (hash >>> 17)) >>> 0;
    case 1:
      hash = (hash + tail.readInt8()) >>> 0;
      hash = (hash ^ (hash << 10)) >>> 0;
      return (hash + (hash >>> 1)) >>> 0;
    default:
      return hash;
  }
}

function avalanche(value: number): number {
  let hash = (value ^ (value << 3)) >>> 0;
  hash = (hash + (hash >>> 5)) >>> 0;
  hash = (hash ^ (hash << 4)) >>> 0;
  hash = (hash + (hash >>> 17)) >>> 0;
  hash = (hash ^ (hash << 25)) >>> 0;
  return (hash + (hash >>> 6)) >>> 0;
}
