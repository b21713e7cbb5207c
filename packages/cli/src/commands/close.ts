import { type BrowserInfo, isCarrelError } from '@carrel/sdk';
import type { Command } from 'commander';
import { idsOf } from '../arguments.js';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import { savedText } from '../profile-text.js';
import type { Terminal } from '../terminal.js';

export function closeCommand(program: Command, terminal: Terminal): void {
  program
    .command('close')
    .description('close browsers, and say what was saved; closing one that has ended does nothing')
    .argument('[id...]', 'ids of browsers', idsOf('browser'))
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
          else {
            failures.push(result.reason);
            if (isCarrelError(result.reason, 'profile_not_saved')) closed.push(result.reason.browser);
          }
        }
      });
      terminal.result(closed, () => closed.map((info) => closedText(info, terminal)).join('\n') || 'No browsers.');
      if (failures.length === 1) throw failures[0];
      if (failures.length > 1) throw new AggregateError(failures, `${failures.length} of ${wanted.length} browsers were not closed well.`);
    });
}

function closedText(info: BrowserInfo, { colors }: Terminal): string {
  const saved = savedText(info);
  const line = `${info.id} ${colors.dim(info.status)}`;
  if (saved === undefined) return line;
  return `${line} ${info.profile?.error === null ? saved : colors.red(saved)}`;
}
