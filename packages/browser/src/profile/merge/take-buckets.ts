import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sqlite, { type Database } from 'node-sqlite3-wasm';
import { directoryBelow, listDirectory } from '../leveldb/index.js';
import type { Bucket } from '../survey/buckets.js';
import { storageKeyText } from '../survey/storage-key.js';
import { copyTree } from './copy.js';

const ROOM = 'WebStorage';
const DATABASE = 'QuotaManager';

/**
 * Replaces buckets: their rows, and the directories of those that have one, which are named by numbers that the database gave them. One that
 * is on both sides keeps its number, as it may be named in other places by it.
 */
export function takeBuckets(
  from: { profile: string; buckets: readonly Bucket[] },
  to: { profile: string; buckets: readonly Bucket[] },
  storageKeys: ReadonlySet<string>,
): void {
  const theirs = from.buckets.filter(({ storageKey }) => storageKeys.has(storageKeyText(storageKey)));
  const mine = to.buckets.filter(({ storageKey }) => storageKeys.has(storageKeyText(storageKey)));
  if (theirs.length + mine.length === 0) return;
  const path = join(to.profile, ROOM, DATABASE);
  const isNew = to.buckets.length === 0 && !hasDatabase(to.profile);
  if (isNew) {
    mkdirSync(join(to.profile, ROOM), { recursive: true });
    // With the journal that it may have, from which SQLite mends it.
    for (const name of listDirectory(join(from.profile, ROOM)).files)
      copyFileSync(join(from.profile, ROOM, name), join(to.profile, ROOM, name));
  }
  const database = new sqlite.Database(path);
  try {
    database.exec('PRAGMA trusted_schema = OFF; BEGIN');
    if (isNew) database.exec('DELETE FROM buckets');
    for (const bucket of mine) {
      database.run('DELETE FROM buckets WHERE id = ?', bucket.id);
      rmSync(join(to.profile, ROOM, bucket.id), { recursive: true, force: true });
    }
    const known = new Map(mine.map((bucket) => [nameOf(bucket), bucket.id]));
    for (const bucket of theirs) {
      const id = insert(database, bucket, known.get(nameOf(bucket)));
      const directory = directoryBelow(from.profile, ROOM, bucket.id);
      if (directory !== undefined) copyTree(directory, join(to.profile, ROOM, id));
    }
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

const nameOf = ({ storageKey, name }: Bucket) => `${storageKey} ${name}`;

function hasDatabase(profile: string): boolean {
  const directory = directoryBelow(profile, ROOM);
  return directory !== undefined && listDirectory(directory).files.includes(DATABASE);
}

/** Returns its id. The columns are those that both databases have; what a newer Chromium has added has its default. */
function insert(database: Database, { row }: Bucket, id: string | undefined): string {
  const known = new Set(database.all('PRAGMA table_info(buckets)').map(({ name }) => String(name)));
  const columns = Object.keys(row).filter((column) => known.has(column) && column !== 'id' && /^\w+$/.test(column));
  const values = columns.map((column) => row[column] ?? null);
  if (id !== undefined) {
    columns.push('id');
    values.push(Number(id));
  }
  const { lastInsertRowid } = database.run(
    `INSERT INTO buckets (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    values,
  );
  return String(lastInsertRowid);
}
