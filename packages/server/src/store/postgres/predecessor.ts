import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError } from '@carrel/protocol';
import type { Logger } from 'pino';
import { isRunning, processIdentity } from '../process-identity.js';
import { OWNER_SETTING } from './postmaster.js';

const FAST_STOP_TIMEOUT_MS = 15_000;
const IMMEDIATE_STOP_TIMEOUT_MS = 5_000;
const POLL_INTERVAL_MS = 20;

/** The name of the socket in a cluster. */
export const SOCKET_NAME = '.s.PGSQL.5432';

/**
 * Clears the way for a Postgres of our own on a cluster. One that a killed server left is stopped, with nothing lost; a note of one that
 * is no more does not stand in the way.
 *
 * @param connectDir a path of the cluster short enough for a socket's address.
 * @throws CarrelError `conflict` when the one that runs belongs to somebody who is alive: it names the process.
 */
export async function clearPredecessor(cluster: string, connectDir: string, logger: Logger, signal?: AbortSignal): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid');
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
  if (Number.isNaN(pid)) return;

  const commandLine = commandLineOnCluster(pid, cluster);
  if (commandLine === null) {
    if (await socketAnswers(join(connectDir, SOCKET_NAME))) {
      throw inUse(cluster, `a Postgres that is not visible from here, with the process id ${pid} in another container or machine`);
    }
    if (processIdentity(pid) !== null) await disown(pidFile);
    logger.warn({ pid, cluster }, 'the last Postgres of this data directory did not end in order; it recovers now');
    return;
  }
  const owner = ownerIn(commandLine);
  if (owner === null) throw inUse(cluster, `a Postgres that Carrel did not start, process ${pid}`);
  if (isRunning(owner)) throw inUse(cluster, `another Carrel server, process ${Number.parseInt(owner, 10)}`);
  logger.warn({ pid, cluster }, 'a killed server left its Postgres running; it is stopped, and started anew');
  await stopOrphan(pid, cluster, signal);
}

/**
 * Some other process has the number of the dead Postgres now, as happens in containers. If it is of the same user, Postgres takes it for
 * a Postgres and does not start. Our own number in its place counts as stale, being that of the parent; the rest of the note, by which
 * Postgres finds processes that still use its memory, stays.
 */
async function disown(pidFile: string): Promise<void> {
  const note = await readFile(pidFile, 'utf8');
  await writeFile(pidFile, note.replace(/^\d+/, String(process.pid)));
}

function inUse(cluster: string, holder: string): CarrelError {
  return new CarrelError(
    'conflict',
    `The data directory is in use: on ${cluster} there is ${holder}. Stop it, or give this server another CARREL_DATA_DIR.`,
    { details: { cluster } },
  );
}

/** The arguments of the process, if it is a Postgres that runs on this cluster; else null: the number is some other process' now. */
function commandLineOnCluster(pid: number, cluster: string): string[] | null {
  if (processIdentity(pid) === null) return null;
  try {
    if (process.platform !== 'linux') {
      const line = execFileSync('ps', ['-o', 'args=', '-ww', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 });
      return line.includes(cluster) ? line.trim().split(/\s+/) : null;
    }
    const [there, here] = [statSync(`/proc/${pid}/cwd`), statSync(cluster)];
    if (there.ino !== here.ino || there.dev !== here.dev) return null;
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return null; // it ended meanwhile, or is another user's and so no Postgres of ours
  }
}

function ownerIn(commandLine: readonly string[]): string | null {
  const prefix = `${OWNER_SETTING}=`;
  const argument = commandLine.find((part) => part.startsWith(prefix));
  // pid:start:random; the first two are the identity
  return argument === undefined ? null : argument.slice(prefix.length).split(':').slice(0, 2).join(':');
}

function socketAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path, timeout: 2000 });
    const finish = (answers: boolean) => {
      socket.destroy();
      resolve(answers);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(true)); // somebody holds it
    socket.once('error', () => finish(false));
  });
}

async function stopOrphan(pid: number, cluster: string, signal?: AbortSignal): Promise<void> {
  for (const [name, timeoutMs] of [
    ['SIGINT', FAST_STOP_TIMEOUT_MS],
    ['SIGQUIT', IMMEDIATE_STOP_TIMEOUT_MS],
  ] as const) {
    try {
      process.kill(pid, name);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw cause;
    }
    const deadlineAtMs = performance.now() + timeoutMs;
    while (performance.now() < deadlineAtMs) {
      if (commandLineOnCluster(pid, cluster) === null) return;
      await delay(POLL_INTERVAL_MS, undefined, { signal }); // it is not our child: there is no event to wait for
    }
  }
  throw inUse(cluster, `a Postgres of a killed server that does not stop, process ${pid}`);
}
