import { join } from 'node:path';
import { readBatch, readInternalKey, type SequencedChange } from './batch.js';
import { damaged } from './bytes.js';
import { listDirectory, openBounded, readBounded } from './files.js';
import { readRecords } from './log.js';
import { type Manifest, readManifest } from './manifest.js';
import { readTable } from './table.js';

const MAX_CURRENT_BYTES = 256;
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;
/** LevelDB begins a new one at 4 MiB, but not within a batch, and a batch can be all that a transaction wrote. */
const MAX_LOG_BYTES = 256 * 1024 * 1024;

/** A database as its directory has it. */
export interface LevelDbFiles {
  manifest: Manifest;
  /** Paths of what is alive. */
  tables: string[];
  logs: string[];
  /** No file of the directory has this number or a greater one. */
  unusedFileNumber: number;
}

/** @throws {CarrelError} `profile_damaged` when one is missing that should be there */
export function findFiles(directory: string): LevelDbFiles {
  const { files } = listDirectory(directory);
  if (!files.includes('CURRENT')) throw damaged('it has no file CURRENT');
  const current = readBounded(join(directory, 'CURRENT'), MAX_CURRENT_BYTES).toString('latin1').trimEnd();
  if (!/^MANIFEST-\d+$/.test(current) || !files.includes(current)) throw damaged('it has no manifest');
  const manifest = readManifest(readBounded(join(directory, current), MAX_MANIFEST_BYTES));
  const numbered = new Map<string, number>();
  for (const name of files) {
    const number = /^(?:MANIFEST-)?(\d{1,15})(?:\.(?:log|ldb|sst|dbtmp))?$/.exec(name)?.[1];
    if (number !== undefined) numbered.set(name, Number(number));
  }
  const present = (extension: RegExp) => [...numbered].filter(([name]) => extension.test(name)).sort(([, a], [, b]) => a - b);
  const tables = new Map(present(/\.(ldb|sst)$/).map(([name, number]) => [number, join(directory, name)]));
  const isAlive = (number: number) => number >= manifest.logNumber || number === manifest.previousLogNumber;
  return {
    manifest,
    tables: [...manifest.tables].map((number) => {
      const path = tables.get(number);
      if (path === undefined) throw damaged('one of its tables is missing');
      return path;
    }),
    logs: present(/\.log$/)
      .filter(([, number]) => isAlive(number))
      .map(([name]) => join(directory, name)),
    unusedFileNumber: Math.max(manifest.nextFileNumber, ...[...numbered.values()].map((number) => number + 1)),
  };
}

/** All changes that the files hold, in no order. Keys and values are not copied and are valid until the next one is asked for. */
export function* readChanges({ tables, logs }: LevelDbFiles): Generator<SequencedChange> {
  for (const path of tables) {
    using file = openBounded(path);
    for (const { internalKey, value } of readTable(file)) yield readInternalKey(internalKey, value);
  }
  for (const path of logs) for (const record of readRecords(readBounded(path, MAX_LOG_BYTES))) yield* readBatch(record);
}

/**
 * What a database holds: for each key that is alive, as Latin-1 text of its bytes, what `project` makes of the newest value. As only that is
 * kept, whoever wants but sizes or digests does not need the memory for the values. It needs no comparator, so it reads IndexedDB's too.
 * Pure JavaScript with every length checked, as the files are those of a browser that may have been taken over.
 * @throws {CarrelError} `profile_damaged`, `profile_hostile`
 */
export function readLevelDb<T>(directory: string, project: (key: Buffer, value: Buffer) => T): Map<string, T> {
  const newest = new Map<string, { sequence: number; kept: T | undefined; isDeleted: boolean }>();
  for (const { key, value, sequence } of readChanges(findFiles(directory))) {
    const text = key.toString('latin1');
    const known = newest.get(text);
    if (known !== undefined && known.sequence >= sequence) continue;
    newest.set(text, { sequence, kept: value === undefined ? undefined : project(key, value), isDeleted: value === undefined });
  }
  const live = new Map<string, T>();
  for (const [key, { kept, isDeleted }] of newest) if (!isDeleted) live.set(key, kept as T);
  return live;
}
