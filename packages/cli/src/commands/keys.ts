import type { Scope } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { idOf } from '../arguments.js';
import { connect } from '../connection.js';
import type { Terminal } from '../terminal.js';

/** Every scope of the contract, so that none is forgotten here. */
const SCOPES: Record<Scope, true> = {
  'browsers:read': true,
  'browsers:write': true,
  'profiles:read': true,
  'profiles:write': true,
  'profiles:export': true,
  'tasks:read': true,
  'tasks:write': true,
  'credentials:read': true,
  'credentials:write': true,
  'end-users:manage': true,
  'webhooks:manage': true,
  'audit:read': true,
  'keys:manage': true,
  'projects:manage': true,
};

export function keysCommand(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('API keys of the project');
  keys
    .command('ls')
    .description('list them, without their secrets')
    .action(async (_options: object, command: Command) => {
      const list = await (await connect(command, terminal)).apiKeys.list().all();
      terminal.result(list, () => {
        const rows = list.map((key) => [
          key.id,
          key.name,
          `${key.hint}…`,
          key.revokedAt ? terminal.colors.red('revoked') : terminal.colors.green('valid'),
          key.lastUsedAt ?? 'never',
          key.scopes.join(' '),
        ]);
        return terminal.table(['ID', 'NAME', 'SECRET', 'STATE', 'LAST USED', 'SCOPES'], rows);
      });
    });
  keys
    .command('create')
    .description('make a key; its secret is shown this once')
    .argument('<name>', 'what it is for')
    .addOption(new Option('--scopes <scope...>', "what it may do (default: what one's own may)").choices(Object.keys(SCOPES)))
    .option('--project <id>', 'for another project', idOf('project'))
    .action(async (name: string, options: { scopes?: Scope[]; project?: string }, command: Command) => {
      const client = await connect(command, terminal);
      const key = await client.apiKeys.create({
        name,
        ...(options.scopes && { scopes: options.scopes }),
        ...(options.project && { projectId: options.project }),
      });
      terminal.result(key, () =>
        terminal.fields([
          ['id', key.id],
          ['secret', key.secret ?? '(lost on the way: revoke this key and make another)'],
        ]),
      );
      terminal.note(terminal.noteColors.dim('Keep the secret: it is not shown again.'));
    });
  keys
    .command('revoke')
    .description('revoke a key, at once')
    .argument('<id>', 'id of the key', idOf('key'))
    .action(async (id: string, _options: object, command: Command) => {
      const key = await (await connect(command, terminal)).apiKeys.revoke(id);
      terminal.result(key, () => `Revoked ${key.id} (${key.name})`);
    });
}
