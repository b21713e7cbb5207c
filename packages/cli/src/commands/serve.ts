import type { Command } from 'commander';
import { wholeNumber } from '../arguments.js';
import type { Terminal } from '../terminal.js';

interface ServeOptions {
  port?: number;
  host?: string;
  dataDir?: string;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

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
      const { startServer } = await import('@carrel/server');
      const stop = nextSignal();
      const server = await terminal.progress('Starting', () => startServer({ env }));
      announce(server.url, server.apiKey.source, terminal);
      const signal = await stop;
      terminal.note(terminal.noteColors.dim(`${signal}: closing browsers and stopping`));
      await server.close();
    });
}

/** The first signal to stop. A second one ends the process at once: its handler is the system's own again. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      for (const name of SIGNALS) process.off(name, onSignal);
      resolve(signal);
    };
    for (const name of SIGNALS) process.on(name, onSignal);
  });
}

function announce(url: string, keySource: string, terminal: Terminal): void {
  if (terminal.isJson) {
    terminal.print(JSON.stringify({ event: 'listening', url, apiKey: { source: keySource } }));
    return;
  }
  const { bold, dim } = terminal.colors;
  terminal.print(
    [
      `Carrel listens on ${bold(url)}`,
      terminal.fields([
        ['API key', keySource],
        ['API', `${url}/docs`],
      ]),
      dim('Try, in another terminal: carrel open'),
    ].join('\n'),
  );
}
