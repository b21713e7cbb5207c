import type { Command } from 'commander';
import { wholeNumber } from '../arguments.js';
import { atMost } from '../at-most.js';
import { connect } from '../connection.js';
import { confirmed, writeJson } from '../giving-away.js';
import { printable, type Terminal } from '../terminal.js';

const ID = ['<end user>', 'your own name for the customer'] as const;

export function endUsersCommand(program: Command, terminal: Terminal): void {
  const endUsers = program
    .command('end-users')
    .description('your customers: what there is of them, for requests of those whose data it is');
  endUsers
    .command('ls')
    .description('list those that there is something of, newest first')
    .option('--limit <count>', 'at most this many', wholeNumber('end users', 1), 100)
    .action(async ({ limit }: { limit: number }, command: Command) => {
      const client = await connect(command, terminal);
      const list = await atMost(limit, (size) => client.endUsers.list({ limit: size }));
      terminal.result(list, () => {
        if (list.length === 0) return terminal.colors.dim('No end users.');
        const rows = list.map(({ endUserId, sessionCount, profileCount, hasCredentials, createdAt }) => [
          printable(endUserId),
          String(sessionCount),
          String(profileCount),
          hasCredentials ? 'yes' : 'no',
          createdAt,
        ]);
        return terminal.table(['END USER', 'SESSIONS', 'PROFILES', 'CREDENTIALS', 'SINCE'], rows);
      });
    });
  endUsers
    .command('export')
    .description('all that there is of one as JSON; of credentials and profiles what exists, never a value')
    .argument(...ID)
    .option('-o, --output <file>', 'where to (default: the standard output)')
    .action(async (id: string, { output }: { output?: string }, command: Command) => {
      await writeJson(await (await connect(command, terminal)).endUsers(id).export(), output, terminal);
    });
  endUsers
    .command('rm')
    .description('delete all that there is of one, for good: browsers, conversations, credentials, profiles; asks first on a terminal')
    .argument(...ID)
    .option('--yes', 'do not ask')
    .action(async (id: string, { yes }: { yes?: boolean }, command: Command) => {
      const client = await connect(command, terminal);
      if (!(await confirmed(`Delete all that there is of ${printable(id)}, for good?`, yes, terminal))) return;
      await client.endUsers(id).delete();
      terminal.result({ deleted: id }, () => `Deleted all of ${printable(id)}`);
    });
}
