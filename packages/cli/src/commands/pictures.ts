import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { PdfRequest, ScreenshotRequest } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { idOf, wholeNumber } from '../arguments.js';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

interface ScreenshotOptions {
  output?: string;
  tab?: string;
  fullPage?: boolean;
  selector?: string;
  ref?: string;
  format: 'png' | 'jpeg' | 'webp';
  quality?: number;
}

export function screenshotCommand(program: Command, terminal: Terminal): void {
  program
    .command('screenshot')
    .description('take a picture of the viewport, the whole page or one element')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .option('-o, --output <file>', 'where to; - is the standard output (default: <id>.<format>)')
    .option('--tab <id>', 'another tab than the active one')
    .option('--full-page', 'the whole page')
    .option('--selector <selector>', 'only this element')
    .option('--ref <ref>', 'only this element of the last observation')
    .addOption(new Option('--format <format>', 'of the picture').choices(['png', 'jpeg', 'webp']).default('png'))
    .option('--quality <percent>', 'of jpeg and webp', wholeNumber('percent', 0))
    .action(async (id: string, options: ScreenshotOptions, command: Command) => {
      const request: ScreenshotRequest = {
        format: options.format,
        ...(options.tab && { tabId: options.tab }),
        ...(options.fullPage && { fullPage: true }),
        ...(options.selector && { selector: options.selector }),
        ...(options.ref && { ref: options.ref }),
        ...(options.quality !== undefined && { quality: options.quality }),
      };
      const browser = await (await connect(command, terminal)).browsers.get(id);
      const bytes = await terminal.progress('Taking a picture', () => browser.screenshot(request));
      await deliver(bytes, options.output ?? `${id}.${options.format}`, terminal);
    });
}

interface PdfOptions {
  output?: string;
  tab?: string;
  format: NonNullable<PdfRequest['format']>;
  landscape?: boolean;
  pages?: string;
}

export function pdfCommand(program: Command, terminal: Terminal): void {
  program
    .command('pdf')
    .description('print the page to PDF')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .option('-o, --output <file>', 'where to; - is the standard output (default: <id>.pdf)')
    .option('--tab <id>', 'another tab than the active one')
    .addOption(new Option('--format <paper>', 'size of the paper').choices(['A3', 'A4', 'A5', 'Letter', 'Legal', 'Tabloid']).default('A4'))
    .option('--landscape', 'wider than high')
    .option('--pages <ranges>', 'only these, e.g. 1-3,5')
    .action(async (id: string, options: PdfOptions, command: Command) => {
      const request: PdfRequest = {
        format: options.format,
        ...(options.tab && { tabId: options.tab }),
        ...(options.landscape && { landscape: true }),
        ...(options.pages && { pageRanges: options.pages }),
      };
      const browser = await (await connect(command, terminal)).browsers.get(id);
      const bytes = await terminal.progress('Printing', () => browser.pdf(request));
      await deliver(bytes, options.output ?? `${id}.pdf`, terminal);
    });
}

/** Writes bytes to a file of that name, or to the standard output for `-`, and says so. */
export async function deliver(bytes: Uint8Array, output: string, terminal: Terminal): Promise<void> {
  if (output === '-') {
    if (terminal.isJson) throw new UsageError('--json and -o - both want the standard output: leave one out.');
    return terminal.bytes(bytes);
  }
  const path = resolve(terminal.surroundings.cwd, output);
  await writeFile(path, bytes);
  terminal.result({ path, sizeBytes: bytes.length }, () => `${path} ${terminal.colors.dim(`${bytes.length} bytes`)}`);
}
