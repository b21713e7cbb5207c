import { damaged } from './bytes.js';
import { maskedChecksum } from './checksum.js';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

interface Fragment {
  type: number;
  payload: Buffer;
}

/**
 * The records of a log (https://github.com/google/leveldb/blob/main/doc/log_format.md), which is also the format of a MANIFEST. A tail that
 * was cut off while it was written ends them, as it does for LevelDB: what it holds was never acknowledged.
 * @throws {CarrelError} `profile_damaged` when there is more behind what cannot be read
 */
export function* readRecords(log: Buffer): Generator<Buffer> {
  let begun: Buffer[] | undefined;
  for (const { type, payload } of readFragments(log)) {
    // A record without its end is one whose writer died; LevelDB goes on with the next.
    if (type === FULL || type === FIRST) begun = [payload];
    else if (type !== MIDDLE && type !== LAST) throw damaged('a log has a record of an unknown kind');
    else if (begun === undefined) throw damaged('a log has the end of a record without its beginning');
    else begun.push(payload);
    if (type !== FULL && type !== LAST) continue;
    yield begun.length === 1 ? payload : Buffer.concat(begun);
    begun = undefined;
  }
}

function* readFragments(log: Buffer): Generator<Fragment> {
  for (let offset = 0; ; ) {
    const leftInBlock = BLOCK_BYTES - (offset % BLOCK_BYTES);
    if (leftInBlock < HEADER_BYTES) {
      offset += leftInBlock;
      continue;
    }
    if (log.length - offset < HEADER_BYTES) return;
    const length = log.readUInt16LE(offset + 4);
    const type = log.readUInt8(offset + 6);
    const end = offset + HEADER_BYTES + length;
    if (HEADER_BYTES + length > leftInBlock) throw damaged('a log has a record that is too long');
    if (end > log.length) return;
    if (type === 0 && length === 0) {
      // Space that was set aside for what was to come.
      if (log.subarray(offset).every((byte) => byte === 0)) return;
      throw damaged('a log has a gap');
    }
    const payload = log.subarray(offset + HEADER_BYTES, end);
    if (log.readUInt32LE(offset) !== maskedChecksum(log.subarray(offset + 6, offset + 7), payload)) {
      if (end === log.length) return;
      throw damaged('a log was changed');
    }
    yield { type, payload };
    offset = end;
  }
}

/** A log of these records, from its beginning. */
export function writeRecords(records: Iterable<Buffer>): Buffer {
  const parts: Buffer[] = [];
  let leftInBlock = BLOCK_BYTES;
  for (const record of records) {
    let rest = record;
    let isFirst = true;
    do {
      if (leftInBlock < HEADER_BYTES) {
        parts.push(Buffer.alloc(leftInBlock));
        leftInBlock = BLOCK_BYTES;
      }
      const payload = rest.subarray(0, leftInBlock - HEADER_BYTES);
      rest = rest.subarray(payload.length);
      parts.push(header(fragmentType(isFirst, rest.length === 0), payload), payload);
      leftInBlock -= HEADER_BYTES + payload.length;
      isFirst = false;
    } while (rest.length > 0);
  }
  return Buffer.concat(parts);
}

function fragmentType(isFirst: boolean, isLast: boolean): number {
  if (isFirst) return isLast ? FULL : FIRST;
  return isLast ? LAST : MIDDLE;
}

function header(type: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt16LE(payload.length, 4);
  bytes.writeUInt8(type, 6);
  bytes.writeUInt32LE(maskedChecksum(bytes.subarray(6), payload), 0);
  return bytes;
}
