import type { ScrapeResult } from '@carrel/sdk';
import type { Command } from 'commander';
import { collectPairs, idOf, parseJson } from '../arguments.js';
import { connect } from '../connection.js';
import { printable, type Terminal } from '../terminal.js';

interface ScrapeOptions {
  tab?: string;
  field?: Record<string, string>;
  schema?: unknown;
  links?: boolean;
  everything?: boolean;
}

export function scrapeCommand(program: Command, terminal: Terminal): void {
  program
    .command('scrape')
    .description('read the page: Markdown of its main content, or fields by CSS selector')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .option('--tab <id>', 'another tab than the active one')
    .option('--field <name=selector>', 'a field by CSS selector; may be repeated', collectPairs)
    .option('--schema <json>', 'a JSON Schema whose properties have a `selector`', parseJson)
    .option('--links', 'show the links too')
    .option('--everything', 'with navigation, footers and the like')
    .action(async (id: string, options: ScrapeOptions, command: Command) => {
      const browser = await (await connect(command, terminal)).browsers.get(id);
      const result = await terminal.progress('Reading the page', () =>
        browser.scrape({
          ...(options.tab && { tabId: options.tab }),
          ...(options.field && { fields: options.field }),
          ...(options.schema !== undefined && { schema: options.schema as Record<string, unknown> }),
          onlyMainContent: !options.everything,
        }),
      );
      terminal.result(result, () => readable(result, options));
      if (result.truncatedChars > 0) terminal.note(`${result.truncatedChars} characters were left out.`);
    });
}

function readable(result: ScrapeResult, options: ScrapeOptions): string {
  const wantsData = options.field !== undefined || options.schema !== undefined;
  const parts = wantsData
    ? [JSON.stringify({ ...result.fields, ...(result.data !== undefined && { data: result.data }) }, null, 2)]
    : [result.markdown];
  if (options.links) parts.push(result.links.map(({ text, url }) => `${text}\t${url}`).join('\n'));
  return printable(parts.join('\n\n'));
}
