import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sqlite, { type Database, type SQLiteValue } from 'node-sqlite3-wasm';
import { damaged, directoryBelow, listDirectory, readBounded } from '../leveldb/index.js';

const MAX_DATABASE_BYTES = 32 * 1024 * 1024;
const DATABASE = 'QuotaManager';
const JOURNAL = 'QuotaManager-journal';

/**
 * Opens a copy of the database of buckets: whoever opens one of SQLite's that nobody closed has to mend it first. In WebAssembly, as a browser
 * that may have been taken over wrote it: whatever it may do to SQLite stays in there.
 * @param webStorage the directory of the database
 * @param scratch where the copy may be, until this is done
 */
function withBuckets<T>(webStorage: string, scratch: string, use: (database: Database) => T): T {
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
      return use(database);
    } finally {
      database.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A part of what a storage key has stored; each has the one named `_default` first. */
export interface Bucket {
  id: string;
  /** Serialized: `https://a.example/`, or `https://a.example/^0https://b.example`. */
  storageKey: string;
  name: string;
  /** All of its row. */
  row: Record<string, SQLiteValue>;
}

/** None where there is no such database. */
export function readBuckets(profile: string, scratch: string): Bucket[] {
  const webStorage = directoryBelow(profile, 'WebStorage');
  if (webStorage === undefined || !listDirectory(webStorage).files.includes(DATABASE)) return [];
  return withBuckets(webStorage, scratch, (database) =>
    (database.all('SELECT * FROM buckets') as Record<string, SQLiteValue>[]).map((row) => {
      const id = String(row.id);
      // It becomes the name of a directory. Chromium's are numbers, but whose schema this is, nobody knows.
      if (!/^\d{1,18}$/.test(id)) throw damaged('a bucket has no number');
      return { id, storageKey: String(row.storage_key), name: String(row.name), row };
    }),
  );
}
