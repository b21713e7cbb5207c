import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Carrel, type Fetch } from '@carrel/sdk';
import { BenchmarkFailed } from './benchmark-failed.js';
import { Child } from './child.js';
import { commandLine, treesBelow } from './processes.js';

const CARREL = fileURLToPath(new URL('../../packages/cli/bin/carrel.js', import.meta.url));

/** Settings of the caller that the server has to know to find Chromium; all others are left at what they are by default. */
const KEPT_SETTINGS = ['CARREL_HEADLESS_SHELL_PATH', 'CARREL_CHROMIUM_PATH', 'CARREL_ALLOW_NO_SANDBOX'];
const CALL_TIMEOUT_MS = 30_000;
const POOL_DEADLINE_MS = 180_000;
/** Each look costs the server a little. */
const POOL_POLL_MS = 50;

/** How many browsers are started ahead. */
export interface PoolCounts {
  ready: number;
  starting: number;
}

interface StartOptions {
  maxBrowsers: number;
  signal: AbortSignal;
  /** Further settings. */
  env?: Readonly<Record<string, string>>;
}

/** `carrel serve`, as a process of its own with a data directory and a database of its own. */
export class CarrelServer implements AsyncDisposable {
  readonly client: Carrel;
  readonly #child: Child;
  readonly #dataDir: string;
  readonly #where: { url: string; apiKey: string };

  private constructor(child: Child, dataDir: string, where: { url: string; apiKey: string }) {
    this.#child = child;
    this.#dataDir = dataDir;
    this.#where = where;
    this.client = new Carrel({ ...where, timeoutMs: CALL_TIMEOUT_MS, maxRetries: 0 });
  }

  get pid(): number {
    return this.#child.pid;
  }

  static async start({ maxBrowsers, signal, env: own = {} }: StartOptions): Promise<CarrelServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'carrel-data-'));
    // Browsers have uids of their own, which must be able to pass through.
    await chmod(dataDir, 0o711);
    const apiKey = `ck_${randomBytes(24).toString('base64url')}`;
    // The pages that are measured are on this machine.
    const network = { CARREL_EGRESS_ALLOW: '127.0.0.1' };
    const env = {
      ...outerEnvironment(),
      ...network,
      CARREL_API_KEY: apiKey,
      CARREL_LOG_LEVEL: 'warn',
      CARREL_MAX_BROWSERS: `${maxBrowsers}`,
      ...own,
    };
    const args = [CARREL, '--json', 'serve', '--port', '0', '--data-dir', dataDir];
    const child = await Child.start({ command: process.execPath, args, cwd: dataDir, env, stopSignal: 'SIGTERM' });
    try {
      const url = await child.firstLine(listeningUrl, signal);
      return new CarrelServer(child, dataDir, { url, apiKey });
    } catch (error) {
      await stop(child, dataDir);
      throw error;
    }
  }

  /** Where its browsers have a directory each, named like them. */
  get runDirectory(): string {
    return join(this.#dataDir, 'run');
  }

  /** A client that sends its requests with this. */
  clientWith(fetch: Fetch): Carrel {
    return new Carrel({ ...this.#where, fetch, timeoutMs: CALL_TIMEOUT_MS, maxRetries: 0 });
  }

  /** As /metrics says. */
  async pool(): Promise<PoolCounts> {
    const { url, apiKey } = this.#where;
    const response = await fetch(`${url}/metrics`, {
      headers: { authorization: `Bearer ${apiKey}` },
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    const text = await response.text();
    const count = (state: string) => {
      const [, value] = new RegExp(`^carrel_pool_browsers\\{[^}]*state="${state}"[^}]*\\} (\\d+)`, 'm').exec(text) ?? [];
      if (value === undefined)
        throw new BenchmarkFailed(`/metrics does not tell how many browsers of the pool are ${state}: ${text.slice(0, 200)}`);
      return Number(value);
    };
    return { ready: count('ready'), starting: count('starting') };
  }

  /** Until there are as many browsers ready and being started as is asked for. */
  async untilPool(isAsWanted: (counts: PoolCounts) => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(POOL_DEADLINE_MS);
    for (let counts = await this.pool(); !isAsWanted(counts); counts = await this.pool()) {
      if (deadline.aborted) throw new BenchmarkFailed(`the pool is not full after ${POOL_DEADLINE_MS / 1000} s: ${JSON.stringify(counts)}`);
      await delay(POOL_POLL_MS);
    }
  }

  /** All processes of each browser, walls included, by its id; of those in the pool too. */
  browserPids(): Map<string, number[]> {
    const trees = treesBelow(this.pid).map((pids) => [browserIdOf(pids), pids] as const);
    return new Map(trees.flatMap(([id, pids]) => (id === undefined ? [] : [[id, pids] as const])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#child, this.#dataDir);
  }
}

/** The walls of a browser, or Chromium itself, are told of directories that are named after it. */
function browserIdOf(pids: readonly number[]): string | undefined {
  for (const pid of pids) {
    const [id] = /\bbr_[a-z0-9]{20,}/.exec(commandLine(pid).join(' ')) ?? [];
    if (id !== undefined) return id;
  }
  return undefined;
}

async function stop(child: Child, dataDir: string): Promise<void> {
  await child[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 10 });
}

/** Our environment without settings of Carrel and without a database of somebody else's. */
function outerEnvironment(): NodeJS.ProcessEnv {
  const isOurs = (name: string) => (name.startsWith('CARREL_') && !KEPT_SETTINGS.includes(name)) || name === 'DATABASE_URL';
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
}

/** The line in which `carrel --json serve` says where it listens; the log's lines are JSON too. */
function listeningUrl(line: string): string | undefined {
  if (!line.startsWith('{"event":"listening"')) return undefined;
  const { url } = JSON.parse(line) as { url: string };
  return url;
}
