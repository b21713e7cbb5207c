import { once } from 'node:events';
import { mcpOnStdio } from '@carrel/mcp';
import type { Command } from 'commander';
import { connect } from '../connection.js';
import { onFirstSignal } from '../signals.js';
import type { Terminal } from '../terminal.js';
import { readVersion } from './version.js';

const HELP = `
It talks on standard input and output, for a program that starts it. To add it to one:
  claude mcp add carrel -- npx carrel mcp
  {"mcpServers": {"carrel": {"command": "npx", "args": ["carrel", "mcp"]}}}

The server itself serves the same over HTTP at /mcp, with an API key: Authorization: Bearer ck_…
`;

export function mcpCommand(program: Command, terminal: Terminal): void {
  program
    .command('mcp')
    .description('serve browsers and tasks as tools for a model, by the Model Context Protocol on standard input and output')
    .addHelpText('after', HELP)
    .action(async (_options: object, command: Command) => {
      const client = await connect(command, terminal);
      const onError = ({ message }: Error) => terminal.note(message);
      const handle = mcpOnStdio(client, { version: readVersion(), onError });
      await new Promise<void>((resolve) => {
        const letGo = onFirstSignal(() => resolve());
        void once(terminal.surroundings.stdin, 'close').then(() => {
          letGo();
          resolve();
        });
      });
      await handle.close();
    });
}
