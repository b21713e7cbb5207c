import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { idOf } from '../arguments.js';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import { printable, type Terminal } from '../terminal.js';
import { deliver } from './pictures.js';

export function filesCommand(program: Command, terminal: Terminal): void {
  const files = program.command('files').description('files of a browser: for pages to upload, and what they downloaded');
  const browserOf = async (id: string, command: Command) => (await connect(command, terminal)).browsers.get(id);

  files
    .command('ls')
    .description('list them')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .action(async (id: string, _options: object, command: Command) => {
      const list = await (await browserOf(id, command)).files.list();
      terminal.result(list, () => {
        if (list.length === 0) return terminal.colors.dim('No files.');
        const rows = list.map((file) => [printable(file.name), file.kind, String(file.sizeBytes), file.mimeType, file.createdAt]);
        return terminal.table(['NAME', 'KIND', 'BYTES', 'TYPE', 'CREATED'], rows);
      });
    });
  files
    .command('put')
    .description('put a file there, for an action of type upload')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .argument('<path>', 'the file on this machine')
    .option('--name <name>', 'its name there (default: as here)')
    .action(async (id: string, path: string, options: { name?: string }, command: Command) => {
      const content = await readLocalFile(resolve(terminal.surroundings.cwd, path));
      const browser = await browserOf(id, command);
      const file = await terminal.progress(`Putting ${path}`, () => browser.files.put(options.name ?? basename(path), content));
      terminal.result(file, () => `${file.name} ${terminal.colors.dim(`${file.sizeBytes} bytes`)}`);
    });
  files
    .command('get')
    .description('fetch a file')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .argument('<name>', 'its name there')
    .option('-o, --output <file>', 'where to; - is the standard output (default: its name, here)')
    .action(async (id: string, name: string, options: { output?: string }, command: Command) => {
      const browser = await browserOf(id, command);
      const bytes = await terminal.progress(`Fetching ${name}`, () => browser.files.get(name));
      await deliver(bytes, options.output ?? name, terminal);
    });
  files
    .command('rm')
    .description('delete a file')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .argument('<name>', 'its name there')
    .action(async (id: string, name: string, _options: object, command: Command) => {
      await (await browserOf(id, command)).files.delete(name);
      terminal.result({ deleted: name }, () => `Deleted ${name}`);
    });
}

async function readLocalFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new UsageError(`${path} cannot be read: ${cause instanceof Error ? cause.message : cause}.`, { cause });
  }
}
