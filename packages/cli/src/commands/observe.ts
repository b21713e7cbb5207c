import { writeFile } from 'node:fs/promises';
import type { Observation } from '@carrel/sdk';
import type { Command } from 'commander';
import { idOf } from '../arguments.js';
import { connect } from '../connection.js';
import { printable, type Terminal } from '../terminal.js';

interface ObserveOptions {
  tab?: string;
  markdown?: boolean;
  screenshot?: string;
}

export function observeCommand(program: Command, terminal: Terminal): void {
  program
    .command('observe')
    .description('see the page as an agent does: snapshot with the refs that `exec` takes')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .option('--tab <id>', 'another tab than the active one')
    .option('--markdown', 'add the main content as Markdown')
    .option('--screenshot <file>', 'write a jpeg of the viewport to this file')
    .action(async (id: string, options: ObserveOptions, command: Command) => {
      const browser = await (await connect(command, terminal)).browsers.get(id);
      const observation = await terminal.progress('Looking at the page', () =>
        browser.observe({
          ...(options.tab && { tabId: options.tab }),
          ...(options.markdown && { markdown: true }),
          ...(options.screenshot && { screenshot: true }),
        }),
      );
      if (options.screenshot && observation.screenshot) {
        await writeFile(options.screenshot, Buffer.from(observation.screenshot.base64, 'base64'));
      }
      terminal.result(observation, () => readable(observation, terminal));
      if (options.screenshot) terminal.note(`Wrote ${options.screenshot}`);
    });
}

function readable(observation: Observation, terminal: Terminal): string {
  const { bold, dim, yellow } = terminal.colors;
  const { title, url, tabs } = observation.metadata;
  const parts = [`${bold(printable(title) || '(no title)')}\n${dim(printable(url))}`];
  if (tabs.length > 1) parts.push(tabs.map((tab) => `${tab.active ? '*' : ' '} ${tab.id} ${printable(tab.url)}`).join('\n'));
  if (observation.dialog) {
    const { type, message } = observation.dialog;
    parts.push(yellow(`A dialog is open (${type}): ${printable(message)}\nAnswer it: carrel exec <id> dialog accept=true`));
  }
  if (observation.snapshot) parts.push(printable(observation.snapshot));
  if (observation.markdown !== undefined) parts.push(`${dim('--- Markdown ---')}\n${printable(observation.markdown)}`);
  const { snapshotChars, elements } = observation.truncated;
  if (snapshotChars > 0) parts.push(dim(`The snapshot was cut: it has ${snapshotChars} characters in all.`));
  if (elements > 0) parts.push(dim(`${elements} interactive elements were left out.`));
  return parts.join('\n\n');
}
