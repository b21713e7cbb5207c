import { join } from 'node:path';
import pg from 'pg';

/** Connects to the database that a server has in its data directory. */
export async function connectToDatabase(dataDir: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ host: join(dataDir, 'postgres'), user: 'carrel', database: 'postgres', application_name: 'tests' });
  client.on('error', () => {}); // some tests kill the database; what is asked of it then rejects
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}
