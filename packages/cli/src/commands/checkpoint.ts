import type { Command } from 'commander';
import { idOf } from '../arguments.js';
import { connect } from '../connection.js';
import { sizeText } from '../size-text.js';
import type { Terminal } from '../terminal.js';

export function checkpointCommand(program: Command, terminal: Terminal): void {
  program
    .command('checkpoint')
    .description('save a running browser to its profile now, while its pages go on')
    .argument('<id>', 'id of a browser that was opened with --persist', idOf('browser'))
    .action(async (id: string, _options: object, command: Command) => {
      const browser = await (await connect(command, terminal)).browsers.get(id);
      const saved = await terminal.progress(`Saving ${id}`, () => browser.checkpoint());
      terminal.result(saved, () => `Saved as version ${saved.version} ${terminal.colors.dim(sizeText(saved.sizeBytes))}`);
    });
}
