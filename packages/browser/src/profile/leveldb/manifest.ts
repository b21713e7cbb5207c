import { ByteReader, damaged, sized, varint } from './bytes.js';
import { readRecords } from './log.js';

/** What of its directory a database consists of. */
export interface Manifest {
  comparator: string;
  /** Changes of logs with a smaller number are in the tables. */
  logNumber: number;
  previousLogNumber: number;
  nextFileNumber: number;
  lastSequence: number;
  tables: ReadonlySet<number>;
}

const COMPARATOR = 1;
const LOG_NUMBER = 2;
const NEXT_FILE_NUMBER = 3;
const LAST_SEQUENCE = 4;
const COMPACT_POINTER = 5;
const DELETED_FILE = 6;
const NEW_FILE = 7;
const PREVIOUS_LOG_NUMBER = 9;

/** The edits of a MANIFEST, applied (leveldb/db/version_edit.cc). */
export function readManifest(log: Buffer): Manifest {
  const tables = new Set<number>();
  const manifest: Manifest = { comparator: '', logNumber: 0, previousLogNumber: 0, nextFileNumber: 0, lastSequence: 0, tables };
  for (const record of readRecords(log)) {
    const reader = new ByteReader(record);
    const added: number[] = [];
    while (reader.left > 0) readEdit(reader, manifest, tables, added);
    for (const table of added) tables.add(table); // an edit that moves a table to another level names it as deleted, too
  }
  if (manifest.comparator === '') throw damaged('its manifest says nothing');
  return manifest;
}

function readEdit(reader: ByteReader, manifest: Manifest, tables: Set<number>, added: number[]): void {
  switch (reader.varint()) {
    case COMPARATOR:
      manifest.comparator = reader.sized().toString('latin1');
      return;
    case LOG_NUMBER:
      manifest.logNumber = reader.varint();
      return;
    case PREVIOUS_LOG_NUMBER:
      manifest.previousLogNumber = reader.varint();
      return;
    case NEXT_FILE_NUMBER:
      manifest.nextFileNumber = reader.varint();
      return;
    case LAST_SEQUENCE:
      manifest.lastSequence = reader.varint();
      return;
    case COMPACT_POINTER:
      reader.varint();
      reader.sized();
      return;
    case DELETED_FILE:
      reader.varint();
      tables.delete(reader.varint());
      return;
    case NEW_FILE:
      reader.varint();
      added.push(reader.varint());
      reader.varint(); // its size
      reader.sized(); // its smallest key
      reader.sized(); // its largest key
      return;
    default:
      throw damaged('its manifest says what nobody knows');
  }
}

/** The one record of the manifest of a database that has nothing yet but the log of this number. */
export function firstEdit(comparator: string, logNumber: number): Buffer {
  return Buffer.concat([
    varint(COMPARATOR),
    sized(Buffer.from(comparator, 'latin1')),
    varint(LOG_NUMBER),
    varint(logNumber),
    varint(NEXT_FILE_NUMBER),
    varint(logNumber + 1),
    varint(LAST_SEQUENCE),
    varint(0),
  ]);
}
