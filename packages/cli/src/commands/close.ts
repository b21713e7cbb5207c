import type { BrowserInfo } from '@carrel/sdk';
import type { Command } from 'commander';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

export function closeCommand(program: Command, terminal: Terminal): void {
  program
    .command('close')
    .description('close browsers; closing one that has ended does nothing')
    .argument('[id...]', 'ids of browsers')
    .option('--all', 'every running browser of the project')
    .action(async (ids: string[], options: { all?: boolean }, command: Command) => {
      if (options.all ? ids.length > 0 : ids.length === 0) throw new UsageError('Give the ids of browsers to close, or --all.');
      const client = await connect(command, terminal);
      const wanted = options.all ? (await client.browsers.list({ status: 'running' }).all()).map(({ id }) => id) : ids;
      const closed: BrowserInfo[] = [];
      const failures: unknown[] = [];
      await terminal.progress(`Closing ${wanted.length === 1 ? wanted[0] : `${wanted.length} browsers`}`, async () => {
        for (const result of await Promise.allSettled(wanted.map((id) => client.browsers.close(id)))) {
          if (result.status === 'fulfilled') closed.push(result.value);
          else failures.push(result.reason);
        }
      });
      terminal.result(closed, () => closed.map(({ id, status }) => `${id} ${terminal.colors.dim(status)}`).join('\n') || 'No browsers.');
      if (failures.length === 1) throw failures[0];
      if (failures.length > 1) throw new AggregateError(failures, `${failures.length} of ${wanted.length} browsers could not be closed.`);
    });
}
