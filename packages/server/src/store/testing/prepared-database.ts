import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { Database } from '../database.js';
import { migrateDatabase } from '../migrate.js';
import { EmbeddedPostgres } from '../postgres/index.js';
import { TaskQueue } from '../task-queue.js';

const logger = pino({ level: 'silent' });
let made: Promise<string> | undefined;

/**
 * Puts into a data directory what a server makes there at its first start: a Postgres with all tables, empty. It is made once in a run of
 * the tests, and copied, which takes a tenth of the time.
 */
export async function prepareDatabase(dataDir: string): Promise<void> {
  made ??= findOrMake(join(process.env.TEST_SHARED_DIR ?? tmpdir(), 'prepared-database'));
  await promisify(execFile)('cp', ['-a', join(await made, 'postgres'), dataDir]);
}

async function findOrMake(path: string): Promise<string> {
  if (await isThere(path)) return path;
  const draft = await mkdtemp(`${path}-`);
  try {
    await make(draft);
    // Another process of the run may have been first: what it made is as good.
    await rename(draft, path).catch(async (error: unknown) => {
      if (!(await isThere(path))) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return path;
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

async function make(dataDir: string): Promise<void> {
  const onGivenUp = (error: Error) => {
    throw error;
  };
  await using postgres = await EmbeddedPostgres.start({ dataDir, logger, onGivenUp });
  await migrateDatabase(postgres.connection);
  await using database = new Database(postgres.connection, logger);
  await using _queue = await TaskQueue.open(database, logger);
}
