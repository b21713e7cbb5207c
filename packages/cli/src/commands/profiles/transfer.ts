import { resolve } from 'node:path';
import type { Carrel, ProfileFormat } from '@carrel/sdk';
import { type Command, Option } from 'commander';
import { wholeNumber } from '../../arguments.js';
import { connect } from '../../connection.js';
import { writePrivate } from '../../giving-away.js';
import { profileIdOf, profileIdOrNew } from '../../profile-options.js';
import { readText } from '../../read-text.js';
import { printable, type Terminal } from '../../terminal.js';
import { FORMATS, toImport } from './import-format.js';

interface ExportOptions {
  output?: string;
  format: ProfileFormat;
  version?: number;
}

const EXPORT_HELP = `
Formats:
  storageState  for Playwright: browser.newContext({ storageState: 'FILE' })
  cookies       as \`carrel cookies set\` takes them
  netscape      for curl: curl -b FILE

What it writes signs whoever has it in. A file is made for you alone (mode 0600).`;

const IMPORT_HELP = `
What it takes, told apart by its content:
  storageState  what Playwright writes: context.storageState({ indexedDB: true }), npx playwright open --save-storage=FILE
  cookies       a JSON list, as \`carrel cookies get --json\` gives
  netscape      a cookies.txt, as curl and browser extensions write`;

/** `export`, `import`. */
export function addTransfer(profiles: Command, terminal: Terminal): void {
  profiles
    .command('export')
    .description('write the values of a version: cookies, localStorage, IndexedDB; it is written in the audit log')
    .argument('<profile>', 'its name or id')
    .option('-o, --output <file>', 'where to (default: the standard output)')
    .addOption(new Option('--format <format>', 'in which form').choices(FORMATS).default('storageState'))
    .option('--version <number>', 'another version than the current one', wholeNumber('versions', 1))
    .addHelpText('after', EXPORT_HELP)
    .action(async (nameOrId: string, options: ExportOptions, command: Command) => {
      const client = await connect(command, terminal);
      const id = await profileIdOf(client, nameOrId);
      await exportTo(options.output, await terminal.progress('Exporting', () => valuesOf(client, id, options)), terminal);
    });
  profiles
    .command('import')
    .description('bring a login made elsewhere into it, as a new version; what else it holds stays')
    .argument('<profile>', 'its name or id; made when there is none of that name')
    .argument('<file>', 'what to bring in; - is the standard input')
    .addOption(new Option('--format <format>', 'what the file is (default: as it looks)').choices(FORMATS))
    .addHelpText('after', IMPORT_HELP)
    .action(async (nameOrId: string, file: string, { format }: { format?: ProfileFormat }, command: Command) => {
      const what = toImport(await readText(file, terminal), format);
      const client = await connect(command, terminal);
      const id = await profileIdOrNew(client, nameOrId);
      const saved = await terminal.progress('Importing', () => client.profiles.import(id, what));
      terminal.result(saved, () => `Imported as version ${saved.version} ${terminal.colors.dim(Object.keys(what).join())}`);
    });
}

/** What to write: with `--json` the whole answer, else the values in their own form. */
interface Values {
  answer: object;
  version: number;
  plain: string;
}

async function valuesOf(client: Carrel, id: string, { format, version }: ExportOptions): Promise<Values> {
  const answer = await client.profiles.export(id, { format, ...(version !== undefined && { version }) });
  const values: unknown = answer[format];
  return { answer, version: answer.version, plain: typeof values === 'string' ? values : `${JSON.stringify(values, null, 2)}\n` };
}

async function exportTo(output: string | undefined, { answer, version, plain }: Values, terminal: Terminal): Promise<void> {
  const { stdout, cwd } = terminal.surroundings;
  if (output === undefined || output === '-') {
    const content = terminal.isJson ? `${JSON.stringify(answer, null, 2)}\n` : plain;
    // Pages wrote these values: on a terminal they must not drive it, anywhere else they must stay as they are.
    stdout.write(stdout.isTTY ? printable(content) : content);
    if (stdout.isTTY)
      terminal.note(terminal.noteColors.yellow('These are secrets: whoever has them is signed in. They are on your screen now.'));
    return;
  }
  const path = resolve(cwd, output);
  const sizeBytes = await writePrivate(path, plain);
  terminal.result(
    { path, version, sizeBytes },
    () => `${path} ${terminal.colors.dim(`version ${version}, ${sizeBytes} bytes, mode 0600`)}`,
  );
}
