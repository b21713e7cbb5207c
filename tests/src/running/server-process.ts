import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { makeRunDirectory } from '@carrel/browser';
import { prepareDatabase } from '../../../packages/server/src/store/testing/prepared-database.js';
import { NO_POOL } from './server-and-site.js';

const BIN = fileURLToPath(new URL('../../../packages/cli/bin/carrel.js', import.meta.url));
const END_DEADLINE_MS = 25_000;

/** A server in a process of its own: `carrel serve`. */
export interface ServerProcess extends AsyncDisposable {
  pid: number;
  url: string;
  apiKey: string;
  /** Sends a signal, and gives how the process ended. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

export interface DataDirectory extends AsyncDisposable {
  path: string;
  /** Where the browsers of its server have their directories. */
  runDirectory: string;
}

/** A data directory, which is deleted at the end together with what a server that was killed has left. */
export async function dataDirectory({ isPrepared = true } = {}): Promise<DataDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'carrel-'));
  if (isPrepared) await prepareDatabase(path);
  const runDirectory = await makeRunDirectory(path, { othersMustEnter: process.getuid?.() === 0 });
  const remove = async () => {
    for (const directory of [runDirectory, path]) await rm(directory, { recursive: true, force: true });
  };
  return { path, runDirectory, [Symbol.asyncDispose]: remove };
}

export interface ServerProcessOptions {
  /** Whom it runs as, when that is not us. */
  uid?: number;
  /** A program and its first arguments that become the server. */
  by?: readonly string[];
  /** A file descriptor that takes its log; default: our standard error. */
  log?: number;
}

/** Starts a server on a data directory. It runs the build: `npm run build` makes it. */
export async function startServerProcess(
  dataDir: string,
  env: NodeJS.ProcessEnv = {},
  { uid, by = [], log }: ServerProcessOptions = {},
): Promise<ServerProcess> {
  const [command = '', ...args] = [...by, process.execPath, BIN, 'serve', '--json', '--port', '0', '--data-dir', dataDir];
  const child = spawn(command, args, {
    cwd: dataDir,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: tmpdir(), CARREL_LOG_LEVEL: 'error', ...NO_POOL, ...env },
    stdio: ['ignore', 'pipe', log ?? 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code as number | null, signal: signal as NodeJS.Signals | null }));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const deadline = AbortSignal.timeout(END_DEADLINE_MS);
    const late = once(deadline, 'abort').then(() => {
      child.kill('SIGKILL');
      throw new Error(`the server did not end within ${END_DEADLINE_MS} ms of ${signal}`);
    });
    return await Promise.race([ended, late]);
  };
  try {
    const early = ended.then(({ code }) => Promise.reject(new Error(`carrel serve ended early with ${code}; is the build up to date?`)));
    early.catch(() => {}); // an end after the start is what the tests are about
    const lines = createInterface({ input: child.stdout as Readable });
    let url: string | undefined;
    while (url === undefined) {
      const [line] = (await Promise.race([once(lines, 'line'), early])) as [string];
      const said = JSON.parse(line) as { event?: string; url: string };
      if (said.event === 'listening') url = said.url;
    }
    const apiKey = env.CARREL_API_KEY ?? (await readFile(join(dataDir, 'api-key'), 'utf8')).trim();
    const dispose = async () => {
      if (child.exitCode === null && child.signalCode === null) await end('SIGTERM');
    };
    return { pid: child.pid ?? 0, url, apiKey, end, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
