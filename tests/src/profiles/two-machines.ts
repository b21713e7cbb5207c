import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startS3Server } from '../../../packages/server/src/profiles/testing/s3-server.js';
import { startTestServer, type TestServer } from '../running/server-and-site.js';

/** Two servers as on two machines: data directories of their own, walls of their own, one database, one master key, one store. */
export interface TwoMachines extends AsyncDisposable {
  /** The one builds sandboxes, the other does not. */
  servers: readonly [TestServer, TestServer];
}

export async function startTwoMachines(): Promise<TwoMachines> {
  const directory = await mkdtemp(join(tmpdir(), 'carrel-test-'));
  const store = await startS3Server(directory);
  const shared = {
    CARREL_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
    CARREL_PROFILE_STORE: `s3://${store.bucket}/two/machines`,
    CARREL_S3_ENDPOINT: store.endpoint,
    CARREL_S3_REGION: 'us-east-1',
    CARREL_S3_PATH_STYLE: '1',
  };
  const first = await startTestServer({ ...shared, CARREL_MAX_ISOLATION: 'sandbox' });
  const database = new URL('postgres://carrel@localhost/postgres');
  database.searchParams.set('host', join(first.dataDir, 'postgres'));
  const second = await startTestServer({ ...shared, CARREL_MAX_ISOLATION: 'process', DATABASE_URL: database.href });
  return {
    servers: [first, second],
    [Symbol.asyncDispose]: async () => {
      await second[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
