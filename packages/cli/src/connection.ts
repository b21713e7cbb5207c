import { readFile } from 'node:fs/promises';
import { Carrel } from '@carrel/sdk';
import type { Command } from 'commander';
import { UsageError } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** Options that every command takes. */
export interface GlobalOptions {
  url?: string;
  apiKey?: string;
  json?: boolean;
}

/**
 * A client for the server that the user means: `--url` or CARREL_URL, else the one that `carrel serve` would start here. The key is
 * `--api-key` or CARREL_API_KEY, else, for a server on this machine, the one in its data directory.
 */
export async function connect(command: Command, terminal: Terminal): Promise<Carrel> {
  const { env } = terminal.surroundings;
  const options = command.optsWithGlobals<GlobalOptions>();
  const givenUrl = options.url ?? (env.CARREL_URL || undefined);
  const givenKey = options.apiKey ?? (env.CARREL_API_KEY || undefined);
  if (givenUrl !== undefined && (givenKey !== undefined || !isLocal(givenUrl))) return clientOf(givenUrl, givenKey);
  const local = await localServer(terminal);
  return clientOf(givenUrl ?? local.url, givenKey ?? local.apiKey);
}

const clientOf = (url: string, apiKey: string | undefined) => new Carrel({ url, ...(apiKey !== undefined && { apiKey }) });

const isLocal = (url: string) => URL.canParse(url) && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);

/** The server that the settings of this machine describe. Loaded only when needed. */
async function localServer({ surroundings: { env, cwd } }: Terminal): Promise<{ url: string; apiKey: string | undefined }> {
  const { apiKeyFile, loadSettings } = await import('@carrel/server/local');
  const { host, port, dataDir, apiKey } = loadSettings(env, cwd).settings;
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  return { url: `http://${reachable}:${port || 7070}`, apiKey: apiKey ?? (await readKeyFile(apiKeyFile(dataDir))) };
}

async function readKeyFile(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined;
  } catch (cause) {
    // No server has been started here yet, or it was given its key: the server's answer will tell the user what is missing.
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`The API key of the local server cannot be read: ${why}. Set CARREL_API_KEY or run as the server's user.`, {
      cause,
    });
  }
}
