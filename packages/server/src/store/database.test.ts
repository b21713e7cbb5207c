import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from './database.js';
import { EmbeddedPostgres } from './postgres/index.js';
import { prepareDatabase } from './testing/prepared-database.js';

const logger = pino({ level: process.env.CARREL_TEST_LOG ?? 'silent' });

let directory: string;
let postgres: EmbeddedPostgres;
let database: Database;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'carrel-test-'));
  await prepareDatabase(directory);
  postgres = await EmbeddedPostgres.start({
    dataDir: directory,
    logger,
    onGivenUp: (error) => {
      throw error;
    },
  });
  database = new Database(postgres.connection, logger);
});
afterAll(async () => {
  await database?.[Symbol.asyncDispose]();
  await postgres?.stop();
  rmSync(directory, { recursive: true, force: true });
});

it('should begin anew, and do once, what Postgres ended to resolve a deadlock', async () => {
  await database.run((queries) => queries.execute(sql`create table pairs as select id, 0 as changes from generate_series(1, 2) as id`));
  let resolve = () => {};
  const bothHaveTheirFirst = new Promise<void>((done) => {
    resolve = done;
  });
  let firsts = 0;
  let attempts = 0;
  const inOrder = (order: readonly number[]) =>
    database.transaction(async (queries) => {
      attempts++;
      for (const id of order) {
        await queries.execute(sql`update pairs set changes = changes + 1 where id = ${id}`);
        if (++firsts === 2) resolve();
        await bothHaveTheirFirst;
      }
      return order;
    });
  expect(await Promise.all([inOrder([1, 2]), inOrder([2, 1])])).toEqual([
    [1, 2],
    [2, 1],
  ]);
  expect(attempts).toBe(3);
  const { rows } = await database.run((queries) => queries.execute(sql`select changes from pairs order by id`));
  expect(rows).toEqual([{ changes: 2 }, { changes: 2 }]);
});
