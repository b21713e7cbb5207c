import type { BrowserEvent } from '@carrel/sdk';
import type { Command } from 'commander';
import { idOf, wholeNumber } from '../arguments.js';
import { connect } from '../connection.js';
import { printable, type Terminal } from '../terminal.js';

export function eventsCommand(program: Command, terminal: Terminal): void {
  program
    .command('events')
    .description('read the log of a browser; with --json, one event a line')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .option('--after <number>', 'only events after this one', wholeNumber('events', 0))
    .option('-f, --follow', 'go on until the browser has ended')
    .action(async (id: string, options: { after?: number; follow?: boolean }, command: Command) => {
      const browser = await (await connect(command, terminal)).browsers.get(id);
      for await (const event of browser.events({ after: options.after ?? 0, follow: options.follow ?? false })) {
        terminal.print(terminal.isJson ? JSON.stringify(event) : readable(event, terminal));
      }
    });
}

function readable({ id, type, createdAt, data }: BrowserEvent, terminal: Terminal): string {
  const facts = Object.keys(data).length > 0 ? ` ${printable(JSON.stringify(data))}` : '';
  return `${terminal.colors.dim(`${String(id).padStart(4)} ${createdAt}`)} ${terminal.colors.cyan(type)}${facts}`;
}
