import { closeSync, constants, fchownSync, lstatSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Change, writeBatch } from './batch.js';
import { writeRecords } from './log.js';
import { firstEdit } from './manifest.js';
import { findFiles, readChanges } from './read.js';

export const BYTEWISE_COMPARATOR = 'leveldb.BytewiseComparator';
const LOG_NUMBER = 3;
const BATCH_BYTES = 256 * 1024;

const fileName = (number: number) => String(number).padStart(6, '0');

/** A new database with these entries, in a directory that is not there yet or empty: a manifest and one log, as a young one has them. */
export function writeLevelDb(directory: string, comparator: string, changes: Iterable<Change>): void {
  mkdirSync(directory, { recursive: true });
  writeNew(join(directory, `${fileName(LOG_NUMBER)}.log`), writeRecords(batches(1, changes)));
  writeNew(join(directory, 'MANIFEST-000001'), writeRecords([firstEdit(comparator, LOG_NUMBER)]));
  writeNew(join(directory, 'CURRENT'), Buffer.from('MANIFEST-000001\n'));
}

/**
 * Changes a database that nobody has open: they are put into a log of their own, newer than all that it has, which LevelDB reads at the next
 * start. Nothing that was there is written to, so a file that is shared with another copy (a hard link) stays as it was.
 * @throws {CarrelError} `profile_damaged`, `profile_hostile`
 */
export function appendToLevelDb(directory: string, changes: Iterable<Change>): void {
  const files = findFiles(directory);
  let last = files.manifest.lastSequence;
  for (const { sequence } of readChanges({ ...files, tables: [] })) if (sequence > last) last = sequence;
  writeNew(join(directory, `${fileName(files.unusedFileNumber)}.log`), writeRecords(batches(last + 1, changes)));
}

function* batches(firstSequence: number, changes: Iterable<Change>): Generator<Buffer> {
  let sequence = firstSequence;
  let batch: Change[] = [];
  let bytes = 0;
  for (const change of changes) {
    batch.push(change);
    bytes += change.key.length + (change.value?.length ?? 0);
    if (bytes < BATCH_BYTES) continue;
    yield writeBatch(sequence, batch);
    sequence += batch.length;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield writeBatch(sequence, batch);
}

/** Never into what is there already, be it a link that a browser left. It belongs to whom its directory belongs to, as what else is in it. */
function writeNew(path: string, bytes: Buffer): void {
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    writeFileSync(descriptor, bytes);
    const { uid, gid } = lstatSync(dirname(path));
    if (uid !== process.getuid?.()) fchownSync(descriptor, uid, gid);
  } finally {
    closeSync(descriptor);
  }
}
