import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CarrelError } from '@carrel/protocol';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { z } from 'zod';
import { storeError } from './store-error.js';

const MIN_VERSION = 150_000;
/** "carrel" in ASCII: the same number in every server, so that only one migrates at a time. */
const MIGRATION_LOCK = '109270183077228';
const LOCK_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** Where drizzle keeps which migrations are done. */
const BOOKS = { migrationsSchema: 'carrel_migrations', migrationsTable: 'done' };

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));
const journal = z.object({ entries: z.array(z.object({ when: z.number() })) });

/**
 * Brings the tables to the form that this version needs. Several servers may do so at once.
 *
 * @throws CarrelError `internal` when the database is older than Postgres 15, or its tables are of a newer Carrel; `store_unavailable`
 * when it cannot be reached.
 */
export async function migrateDatabase(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, application_name: 'carrel migration' });
  client.on('error', () => {}); // the statement under way rejects with the same error
  try {
    await client.connect();
    await assertVersion(client);
    await client.query(`set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
    await assertNotNewer(client);
    await migrate(drizzle(client), { migrationsFolder, ...BOOKS });
  } catch (cause) {
    throw storeError(cause);
  } finally {
    await client.end().catch(() => {}); // the connection is gone already; the lock went with it
  }
}

async function assertVersion(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    "select current_setting('server_version_num')::int as number, current_setting('server_version') as name",
  );
  if (rows[0].number >= MIN_VERSION) return;
  throw new CarrelError('internal', `DATABASE_URL leads to Postgres ${rows[0].name}; Carrel needs 15 or later.`);
}

async function assertNotNewer(client: pg.Client): Promise<void> {
  const books = `${BOOKS.migrationsSchema}.${BOOKS.migrationsTable}`;
  const { rows: found } = await client.query('select to_regclass($1) is not null as is_there', [books]);
  if (!found[0].is_there) return;
  const { rows } = await client.query(`select max(created_at) as latest from ${books}`);
  const { entries } = journal.parse(JSON.parse(await readFile(`${migrationsFolder}/meta/_journal.json`, 'utf8')));
  if (Number(rows[0].latest ?? 0) <= Math.max(...entries.map(({ when }) => when))) return;
  throw new CarrelError(
    'internal',
    'The tables in the database are of a newer version of Carrel. Run that version, or use another database.',
  );
}
