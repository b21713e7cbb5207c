import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { CarrelError } from '@carrel/protocol';
import { isRunning, processIdentity } from '../process-identity.js';
import type { Binaries } from './binaries.js';
import { commandAs, type RunAs, runToEnd } from './run-as.js';

/** The version whose data files these binaries read. */
const MAJOR_VERSION = '18';

/** The one account inside the database. */
export const DATABASE_USER = 'carrel';

const DRAFT_PREFIX = 'postgres.new-';

/** Where the data files of Postgres lie in a data directory. */
export const clusterPath = (dataDir: string) => join(dataDir, 'postgres');

/**
 * The `-D` of Postgres. On Linux it is the working directory by way of the process itself, which a process may enter although it may
 * not enter the parents: the server, as root, changes into it before it drops its rights. So the data stays inside a data directory
 * such as /root/.carrel.
 */
export const dataDirectoryArgument = (cluster: string) => (process.platform === 'linux' ? '/proc/self/cwd' : cluster);

/**
 * Makes the data files of Postgres unless they are there. They are made aside and appear whole, so that neither a kill nor a second
 * server that starts at the same time leaves half of them.
 *
 * @returns the directory, without symbolic links.
 * @throws CarrelError `internal` when it cannot be made, or holds files of another version of Postgres.
 */
export async function ensureCluster(dataDir: string, binaries: Binaries, runAs: RunAs, signal?: AbortSignal): Promise<string> {
  await removeAbandonedDrafts(dataDir);
  const cluster = clusterPath(dataDir);
  if ((await versionOf(cluster)) === null) await createCluster(dataDir, cluster, binaries, runAs, signal);
  const version = await versionOf(cluster);
  if (version !== MAJOR_VERSION) {
    throw new CarrelError(
      'internal',
      `${cluster} holds data files of Postgres ${version ?? '(unknown)'}, this server brings Postgres ${MAJOR_VERSION}. ` +
        'Use the Carrel version that made them, or another CARREL_DATA_DIR.',
    );
  }
  return await realpath(cluster);
}

async function createCluster(dataDir: string, cluster: string, binaries: Binaries, runAs: RunAs, signal?: AbortSignal): Promise<void> {
  const owner = processIdentity(process.pid)?.replace(':', '-');
  const draft = join(dataDir, `${DRAFT_PREFIX}${owner}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(draft, { mode: 0o700 });
    if (runAs.account !== null) await chown(draft, runAs.account.uid, runAs.account.gid);
    const argument = dataDirectoryArgument(draft);
    const options = ['-U', DATABASE_USER, '-A', 'peer', '-E', 'UTF8', '--no-locale', '--no-instructions'];
    await runToEnd(commandAs(runAs, binaries.initdb, ['-D', argument, ...options], draft), signal);
    await admitOnlyOurselves(draft);
    await chmod(draft, 0o700);
    await renameUnlessThere(draft, cluster);
    await syncDirectory(dataDir);
  } catch (cause) {
    signal?.throwIfAborted();
    const stderr = (cause as { stderr?: string }).stderr ?? '';
    throw new CarrelError(
      'internal',
      `The database could not be made in ${dataDir}: ${(cause as Error).message} ${stderr}`.trim() +
        '\nSee that the directory is writable and the disk has room.',
      { cause },
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Of all users of this machine that can reach the socket, only the one that the server runs under gets in, and without a password. */
async function admitOnlyOurselves(cluster: string): Promise<void> {
  const name = userInfo().username.replaceAll('"', '""');
  await writeFile(join(cluster, 'pg_hba.conf'), `local all ${DATABASE_USER} peer map=carrel\n`);
  await writeFile(join(cluster, 'pg_ident.conf'), `carrel "${name}" ${DATABASE_USER}\n`);
}

async function renameUnlessThere(draft: string, cluster: string): Promise<void> {
  try {
    await rename(draft, cluster);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // Another server that started at the same time was first; what it made is as good as ours.
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw cause;
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function versionOf(cluster: string): Promise<string | null> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    const way = 'Run the server as the user that made it, or choose another CARREL_DATA_DIR.';
    throw new CarrelError('internal', `The database in ${cluster} cannot be read: ${message}. ${way}`, { cause });
  }
}

async function removeAbandonedDrafts(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(DRAFT_PREFIX)) continue;
    const owner = name.slice(DRAFT_PREFIX.length).split('-').slice(0, 2).join(':');
    if (!isRunning(owner)) await rm(join(dataDir, name), { recursive: true, force: true });
  }
}
