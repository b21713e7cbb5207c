import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sqlite, { type Database } from 'node-sqlite3-wasm';
import { listDirectory, readBounded } from '../leveldb/index.js';

const MAX_DATABASE_BYTES = 32 * 1024 * 1024;
const DATABASE = 'QuotaManager';
const JOURNAL = 'QuotaManager-journal';

/**
 * Opens a copy of the database of buckets: whoever opens one of SQLite's that nobody closed has to mend it first. In WebAssembly, as a browser
 * that may have been taken over wrote it: whatever it may do to SQLite stays in there.
 * @param webStorage the directory of the database
 * @param scratch where the copy may be, until this is done
 * @param use gets the open database, and where its file is
 */
export function withBuckets<T>(webStorage: string, scratch: string, use: (database: Database, path: string) => T): T {
  const directory = mkdtempSync(join(scratch, 'buckets-'));
  try {
    const { files } = listDirectory(webStorage);
    for (const name of [DATABASE, JOURNAL].filter((name) => files.includes(name))) {
      writeFileSync(join(directory, name), readBounded(join(webStorage, name), MAX_DATABASE_BYTES));
    }
    const path = join(directory, DATABASE);
    const database = new sqlite.Database(path);
    try {
      database.exec('PRAGMA trusted_schema = OFF');
      return use(database, path);
    } finally {
      database.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Whose a bucket is, by its id. */
export function storageKeysOfBuckets(database: Database): Map<string, string> {
  const rows = database.all('SELECT id, storage_key FROM buckets');
  return new Map(rows.map(({ id, storage_key }) => [String(id), String(storage_key)]));
}
