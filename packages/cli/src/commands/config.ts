import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';

export function configCommand(program: Command, terminal: Terminal): void {
  program
    .command('config')
    .description("the server's settings on this machine: value and source of each, secrets not shown")
    .action(async () => {
      const { loadSettings, printableSettings } = await import('@carrel/server/local');
      const loaded = loadSettings(terminal.surroundings.env, terminal.surroundings.cwd);
      const settings = printableSettings(loaded);
      terminal.result({ file: loaded.file, settings, warnings: loaded.warnings }, () => {
        const rows = settings.map(({ name, environment, value, source }) => [
          name,
          value,
          source === 'default' ? terminal.colors.dim(source) : terminal.colors.cyan(source),
          terminal.colors.dim(environment),
        ]);
        return terminal.table(['SETTING', 'VALUE', 'SOURCE', 'ENVIRONMENT'], rows);
      });
      for (const warning of loaded.warnings) terminal.note(terminal.noteColors.yellow(warning));
      terminal.note(terminal.noteColors.dim(loaded.file ? `File: ${loaded.file}` : 'There is no carrel.config.json here.'));
    });
}
