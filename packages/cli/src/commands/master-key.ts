import type { Command } from 'commander';
import { connect } from '../connection.js';
import { countText } from '../size-text.js';
import type { Terminal } from '../terminal.js';

export function masterKeyCommand(program: Command, terminal: Terminal): void {
  const masterKey = program.command('master-key').description('the key that the keys of all profiles are wrapped with');
  masterKey
    .command('rotate')
    .description('wrap them with a new one, or with the first of CARREL_MASTER_KEY; nothing stops meanwhile')
    .action(async (_options: object, command: Command) => {
      const client = await connect(command, terminal);
      const rotation = await terminal.progress('Wrapping keys anew', () => client.masterKey.rotate());
      terminal.result(rotation, () => `${countText(rotation.rewrapped, 'key')} wrapped with master key ${rotation.keyId}`);
    });
}
