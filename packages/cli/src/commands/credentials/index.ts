import type { Command } from 'commander';
import { connect } from '../../connection.js';
import { readText } from '../../read-text.js';
import type { Terminal } from '../../terminal.js';
import { addLogin } from './add-login.js';
import { toCredentials } from './credential-format.js';
import { addList, addRemove } from './list.js';

const SET_HELP = `
What it takes, told apart by its content:
  storageState  what Playwright writes, and \`carrel profiles export\`: signed in elsewhere
  cookies       a JSON list, as \`carrel cookies get --json\` gives
  anything else of PUT /v1/end-users/{id}/credentials: {"logins": […], "redditSession": "…"}

Examples:
  carrel profiles export ann-at-the-shop | carrel credentials set ann -
  carrel credentials set ann secrets.json`;

export function credentialsCommand(program: Command, terminal: Terminal): void {
  const credentials = program.command('credentials').description('what your customers sign in with: values go in, and never come out');
  addLogin(credentials, terminal);
  credentials
    .command('set')
    .description('give credentials from a file; what is not named stays')
    .argument('<end user>', 'your own name for the customer')
    .argument('<file>', 'what to give; - is the standard input')
    .addHelpText('after', SET_HELP)
    .action(async (endUser: string, file: string, _options: object, command: Command) => {
      const request = toCredentials(await readText(file, terminal));
      await (await connect(command, terminal)).endUsers(endUser).credentials.set(request);
      terminal.result({ set: Object.keys(request) }, () => `Given: ${Object.keys(request).join(', ')}`);
    });
  addList(credentials, terminal);
  addRemove(credentials, terminal);
}
