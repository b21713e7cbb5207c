import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { CarrelError } from '@carrel/protocol';
import type { Logger } from 'pino';
import { processIdentity } from '../process-identity.js';
import { dataDirectoryArgument } from './cluster.js';
import { commandAs, type RunAs } from './run-as.js';

/** After a crash Postgres first replays its log, up to `max_wal_size` of it. */
const READY_TIMEOUT_MS = 120_000;
const FAST_STOP_TIMEOUT_MS = 10_000;
const IMMEDIATE_STOP_TIMEOUT_MS = 5_000;
const LOG_TAIL_LINES = 30;

/** Names the server that a Postgres belongs to, on its command line, where the next server reads it. */
export const OWNER_SETTING = 'carrel.owner';

/** What differs from Postgres' defaults, and why. Losing nothing that was committed (`fsync`) stays on. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '', // never a TCP port
  unix_socket_directories: '.', // in the cluster itself, which only its owner can enter; relative, as a socket's path is short
  unix_socket_permissions: '0700',
  port: '5432', // part of the socket's name only
  fsync: 'on',
  shared_buffers: '32MB', // our rows are few and small
  max_connections: '50',
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  wal_level: 'minimal', // no replicas
  max_wal_senders: '0',
  dynamic_shared_memory_type: 'mmap', // nothing in /dev/shm, which outlives a kill and is small in containers
  io_method: 'sync', // no worker processes for I/O
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  log_min_messages: 'warning', // LOG counts as above it: "ready to accept connections" is one
  timezone: 'UTC',
};

/** The Postgres processes of this process, for the way out that leaves no time to wait. */
const running = new Set<ChildProcess>();
let isExitHandled = false;

/** One run of Postgres: from its start to its end, whatever ends it. */
export class Postmaster {
  readonly pid: number;
  /** Resolves with a sentence when the process has ended, for whatever reason. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #logTail: string[] = [];

  private constructor(child: ChildProcess, pid: number, logger: Logger, onReady: () => void) {
    this.#child = child;
    this.pid = pid;
    running.add(child);
    endWithThisProcess();
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        running.delete(child);
        resolve(`Postgres ended with ${signal ?? `code ${code}`}.`);
      });
    });
    if (child.stderr === null) return;
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#logTail.push(line);
      if (this.#logTail.length > LOG_TAIL_LINES) this.#logTail.shift();
      logger.debug({ postgres: line }, 'postgres');
      if (line.includes('database system is ready to accept connections')) onReady();
    });
  }

  /**
   * Starts Postgres on a cluster and waits until it takes connections.
   *
   * @throws CarrelError `store_unavailable` with the end of its log when it ends before that or takes longer than two minutes.
   */
  static async start(cluster: string, executable: string, runAs: RunAs, logger: Logger, signal?: AbortSignal): Promise<Postmaster> {
    signal?.throwIfAborted();
    const owner = `${processIdentity(process.pid)}:${randomBytes(4).toString('hex')}`;
    const settings = Object.entries({ ...SETTINGS, [OWNER_SETTING]: owner }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const command = commandAs(runAs, executable, ['-D', dataDirectoryArgument(cluster), ...settings], cluster);
    // A session of its own: Ctrl-C in a terminal goes to the whole group, and the server still needs its database then.
    const child = spawn(command.file, command.args, { ...command.options, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
    if (child.pid === undefined) throw await spawnFailure(child);

    let onReady = () => {};
    const ready = new Promise<'ready'>((resolve) => {
      onReady = () => resolve('ready');
    });
    const postmaster = new Postmaster(child, child.pid, logger, () => onReady());
    const outcome = await within(READY_TIMEOUT_MS, Promise.race([ready, postmaster.ended]), signal);
    if (outcome === 'ready') return postmaster;
    await postmaster.stop();
    signal?.throwIfAborted();
    const log = postmaster.#logTail.join('\n');
    throw new CarrelError(
      'store_unavailable',
      `The database did not start: ${outcome ?? `it took longer than ${READY_TIMEOUT_MS} ms.`} Its log:\n${log}`,
      { details: { log } },
    );
  }

  /** Ends Postgres, with nothing lost: at once for its clients, then more and more firmly. Resolves when it has ended. */
  async stop(): Promise<void> {
    for (const [signal, timeoutMs] of [
      ['SIGINT', FAST_STOP_TIMEOUT_MS],
      ['SIGQUIT', IMMEDIATE_STOP_TIMEOUT_MS],
    ] as const) {
      this.#child.kill(signal);
      if ((await within(timeoutMs, this.ended)) !== null) return;
    }
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

/** What the promise gives, or null when the time is over or the signal says so first. */
async function within<T>(ms: number, promise: Promise<T>, signal?: AbortSignal): Promise<T | null> {
  const over = new AbortController();
  const limit = AbortSignal.any(signal === undefined ? [over.signal] : [over.signal, signal]);
  const timeout = delay(ms, null, { signal: limit }).catch(() => null); // aborted: the promise was first, or the caller gave up
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    over.abort();
  }
}

function spawnFailure(child: ChildProcess): Promise<CarrelError> {
  return new Promise((resolve) => {
    child.once('error', (cause) => {
      resolve(new CarrelError('store_unavailable', `The database could not be started: ${cause.message}.`, { cause }));
    });
  });
}

/** Where `setpriv` is missing, an exit of this process must still end Postgres. No listener per child: Node warns beyond ten. */
function endWithThisProcess(): void {
  if (isExitHandled) return;
  isExitHandled = true;
  process.once('exit', () => {
    for (const child of running) child.kill('SIGINT');
  });
}
