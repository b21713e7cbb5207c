import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Carrel } from '@carrel/sdk';
import { Child } from './child.js';

const CARREL = fileURLToPath(new URL('../../packages/cli/bin/carrel.js', import.meta.url));

/** Settings of the caller that the server has to know to find Chromium; all others are left at what they are by default. */
const KEPT_SETTINGS = ['CARREL_HEADLESS_SHELL_PATH', 'CARREL_CHROMIUM_PATH', 'CARREL_ALLOW_NO_SANDBOX'];
const CALL_TIMEOUT_MS = 30_000;

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

  private constructor(child: Child, dataDir: string, client: Carrel) {
    this.#child = child;
    this.#dataDir = dataDir;
    this.client = client;
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
      return new CarrelServer(child, dataDir, new Carrel({ url, apiKey, timeoutMs: CALL_TIMEOUT_MS, maxRetries: 0 }));
    } catch (error) {
      await stop(child, dataDir);
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.#child, this.#dataDir);
  }
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
