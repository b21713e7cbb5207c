import type { Command } from 'commander';
import { connect } from '../connection.js';
import { openerOf, openPrivately } from '../open-privately.js';
import type { Terminal } from '../terminal.js';

export function dashboardCommand(program: Command, terminal: Terminal): void {
  program
    .command('dashboard')
    .description('make a link that signs in to the dashboard, good once and for ten minutes, and open it where there is a display')
    .option('--no-open', 'only print it')
    .action(async ({ open }: { open: boolean }, command: Command) => {
      const link = await (await connect(command, terminal)).dashboard.createSignInLink();
      terminal.result(link, () => link.url);
      const { surroundings } = terminal;
      const opener = openerOf(surroundings);
      if (!open || terminal.isJson || opener === undefined) return;
      const isOpened = await openPrivately(opener, link.url, surroundings.env).catch(() => false); // as on a disk that is full
      if (!isOpened) terminal.note(terminal.noteColors.dim(`${opener} did not open it: open the link yourself.`));
    });
}
