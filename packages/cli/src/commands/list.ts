import type { BrowserInfo, BrowserStatus } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { wholeNumber } from '../arguments.js';
import { atMost } from '../at-most.js';
import { connect } from '../connection.js';
import { printable, type Terminal } from '../terminal.js';

const STATUSES: readonly BrowserStatus[] = ['starting', 'running', 'closing', 'closed', 'failed', 'timed_out'];

/** A status, coloured by how well it bodes. */
export function coloredStatus(terminal: Terminal, status: BrowserStatus): string {
  if (status === 'running') return terminal.colors.green(status);
  if (status === 'failed') return terminal.colors.red(status);
  return status === 'closed' ? terminal.colors.dim(status) : terminal.colors.yellow(status);
}

const metadataText = (info: BrowserInfo) =>
  Object.entries(info.metadata)
    .map(([name, value]) => printable(`${name}=${value}`))
    .join(' ');

export function listCommand(program: Command, terminal: Terminal): void {
  program
    .command('ls')
    .description('list running browsers, newest first')
    .addOption(new Option('--status <status>', 'those in this state instead').choices(STATUSES))
    .option('--all', 'those in every state')
    .option('--end-user <id>', 'only those of this customer of yours')
    .option('--limit <count>', 'at most this many', wholeNumber('browsers', 1), 100)
    .action(async (options: { status?: BrowserStatus; all?: boolean; endUser?: string; limit: number }, command: Command) => {
      const client = await connect(command, terminal);
      const query = {
        ...(!options.all && { status: options.status ?? ('running' as const) }),
        ...(options.endUser !== undefined && { endUserId: options.endUser }),
      };
      const browsers = await terminal.progress('Asking for browsers', () =>
        atMost(options.limit, (limit) => client.browsers.list({ ...query, limit })),
      );
      terminal.result(browsers, () => {
        if (browsers.length === 0) return terminal.colors.dim('No browsers.');
        const rows = browsers.map((info) => [info.id, coloredStatus(terminal, info.status), info.kind, info.createdAt, metadataText(info)]);
        return terminal.table(['ID', 'STATUS', 'KIND', 'CREATED', 'METADATA'], rows);
      });
    });
}
