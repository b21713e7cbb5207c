import type { Action, ActionResult } from '@carrel/sdk';
import type { Command } from 'commander';
import { ACTION_TYPES, actionOf } from '../action-fields.js';
import { idOf, parseJson } from '../arguments.js';
import { connect } from '../connection.js';
import { EXIT, UsageError } from '../exit-codes.js';
import { printable, type Terminal } from '../terminal.js';

const EXAMPLES = `
Types: ${ACTION_TYPES.join(', ')}.

Examples:
  carrel exec br_… goto https://example.com
  carrel exec br_… click e12
  carrel exec br_… fill '#email' value=ann@example.com
  carrel exec br_… fill '#password' --ask value
  carrel exec br_… select ref=e7 values=red values=blue
  carrel exec br_… wait text='Thank you' timeoutMs=5000
  carrel exec br_… --json-action '{"type": "drag", "ref": "e1", "toRef": "e2"}'`;

interface ExecuteOptions {
  ask?: string;
  jsonAction?: unknown;
}

export function executeCommand(program: Command, terminal: Terminal): void {
  program
    .command('exec')
    .description('do one action on the page; exit code 1 when it fails there')
    .argument('<id>', 'id of the browser', idOf('browser'))
    .argument('[type]', 'what to do')
    .argument('[fields...]', 'name=value; or just a URL, key, ref or selector where the action has one')
    .option('--ask <field>', 'ask for the value of this field without showing it; where there is no terminal, read a line of the input')
    .option('--json-action <json>', 'the whole action as JSON instead', parseJson)
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, type: string | undefined, fields: string[], options: ExecuteOptions, command: Command) => {
      if ((type === undefined) === (options.jsonAction === undefined)) {
        throw new UsageError('Give the type of an action with its fields, or --json-action.');
      }
      if (type === undefined && options.ask !== undefined)
        throw new UsageError('--ask goes with a type: --json-action is the whole action.');
      const asked = options.ask === undefined ? [] : [`${options.ask}=${await secretOf(options.ask, terminal)}`];
      // The server checks it, and says what is wrong with it.
      const action = type === undefined ? (options.jsonAction as Action) : actionOf(type, [...fields, ...asked]);
      const browser = await (await connect(command, terminal)).browsers.get(id);
      const result = await terminal.progress(action.type, () => browser.execute(action));
      terminal.result(result, () => readable(result, terminal));
      if (!result.success) terminal.exitCode = EXIT.failed;
    });
}

async function secretOf(field: string, terminal: Terminal): Promise<string> {
  const secret = await terminal.secret(`${field}: `);
  if (secret === undefined) throw new UsageError(`--ask ${field} wants a line, but the input is at its end.`);
  return secret;
}

function readable(result: ActionResult, terminal: Terminal): string {
  const { green, red, dim } = terminal.colors;
  const lines = [
    result.success ? `${green('✓')} ${printable(result.message)}` : `${red('✗')} ${result.failure}: ${printable(result.message)}`,
  ];
  const { url, newTabs = [], closedTabs = [], downloads = [], dialog } = result.changes;
  if (url) lines.push(`  now at ${printable(url.to)}`);
  for (const tab of newTabs) lines.push(`  new tab ${tab.id} ${printable(tab.url)}`);
  for (const tab of closedTabs) lines.push(`  closed tab ${tab}`);
  for (const file of downloads) lines.push(`  downloaded ${printable(file.name)} (${file.sizeBytes} bytes)`);
  if (dialog) lines.push(`  a dialog is open (${dialog.type}): ${printable(dialog.message)}`);
  if (result.value !== undefined) lines.push(printable(JSON.stringify(result.value, null, 2)));
  if (result.screenshot) lines.push(dim('  (a picture: see it with --json, or use `carrel screenshot`)'));
  return lines.join('\n');
}
