import { once } from 'node:events';
import type { Command } from 'commander';
import { wholeNumber } from '../arguments.js';
import { onFirstSignal } from '../signals.js';
import type { Terminal } from '../terminal.js';

interface ServeOptions {
  port?: number;
  host?: string;
  dataDir?: string;
}

/** Why a server that runs is to stop. */
type StopReason = { signal: NodeJS.Signals } | { fatal: Error };

export function serveCommand(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('run the server, until Ctrl-C')
    .option('--port <port>', 'listen on this port (CARREL_PORT)', wholeNumber('ports', 0))
    .option('--host <host>', 'listen on this address (CARREL_HOST)')
    .option('--data-dir <directory>', 'keep everything here (CARREL_DATA_DIR)')
    .action(async ({ port, host, dataDir }: ServeOptions) => {
      const env = {
        ...terminal.surroundings.env,
        ...(port !== undefined && { CARREL_PORT: String(port) }),
        ...(host !== undefined && { CARREL_HOST: host }),
        ...(dataDir !== undefined && { CARREL_DATA_DIR: dataDir }),
      };
      await serve(env, terminal);
    });
}

async function serve(env: NodeJS.ProcessEnv, terminal: Terminal): Promise<void> {
  const { startServer } = await import('@carrel/server');
  // Browsers have uids of their own and must be able to enter their directories. What nobody is to read says so itself.
  process.umask(0o022);
  const stop = new AbortController();
  const onFatal = (fatal: Error) => stop.abort({ fatal } satisfies StopReason);
  const letGoOfSignals = onFirstSignal((signal) => stop.abort({ signal } satisfies StopReason));
  try {
    const starting = startServer({ env, cwd: terminal.surroundings.cwd, signal: stop.signal, onFatal });
    const server = await terminal.progress('Starting', () => starting);
    const apiKey = server.apiKey.source === 'file' ? server.apiKey.path : 'CARREL_API_KEY';
    announce({ url: server.url, apiKey, signInUrl: await server.signInUrl() }, terminal);
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    const reason: StopReason = stop.signal.reason;
    terminal.note(terminal.noteColors.dim(`${'signal' in reason ? reason.signal : reason.fatal.message}: closing browsers and stopping`));
    await server.close();
  } catch (error) {
    if (!(stop.signal.aborted && error === stop.signal.reason)) throw error; // Stopped while it was starting.
  } finally {
    letGoOfSignals();
  }
  const reason: StopReason = stop.signal.reason;
  if ('fatal' in reason) throw reason.fatal;
}

function announce({ url, apiKey, signInUrl }: { url: string; apiKey: string; signInUrl: string | null }, terminal: Terminal): void {
  if (terminal.isJson) {
    terminal.print(JSON.stringify({ event: 'listening', url, apiKey, signInUrl }));
    return;
  }
  const { bold, dim } = terminal.colors;
  terminal.print(
    [
      `Carrel listens on ${bold(url)}`,
      terminal.fields([
        ['API key', apiKey],
        ['docs', `${url}/docs`],
        ...(signInUrl === null ? [] : [['dashboard', `${signInUrl} (good once, for ten minutes; then: carrel dashboard)`] as const]),
      ]),
      dim('Try, in another terminal: carrel open'),
    ].join('\n'),
  );
}
