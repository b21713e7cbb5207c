import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';
import { addTurnOptions, doTurn, showResult, type TurnOptions, toTaskRequest } from '../turn/index.js';

const HELP = `
The result goes to the standard output, steps and remarks to the standard error. With --schema the result is JSON; with --json it is the whole
task. What the task asks a person is asked here, on a terminal. Ctrl-C cancels the task.

Behind \`run\`, --url is where the browser begins; where the server is, CARREL_URL says, or --url before \`run\`.

Examples:
  carrel run "Which books are on sale?" --url https://shop.example
  carrel run "Which of those is the cheapest?" --session s_…
  carrel run "Read the prices" --url shop.example/sale --schema '{"type": "array", "items": {"type": "number"}}'
  echo "What does the front page say?" | carrel run - --url example.com --end-user ann`;

export function runCommand(program: Command, terminal: Terminal): void {
  const run = program
    .command('run')
    .description('have a task done in a fresh browser, and print what came of it')
    .argument('<task>', 'what to do, in plain words; - reads it from the input')
    .option('--watch', 'show each call of the model and of a tool too, not only the steps')
    .option('--detach', 'do not wait for it: print its id and that of its session');
  addTurnOptions(run)
    .addHelpText('after', HELP)
    .action(async (task: string, options: TurnOptions & { watch?: boolean; detach?: boolean }, command: Command) => {
      const client = await connect(command, terminal);
      const words = task === '-' ? (await text(terminal.surroundings.stdin)).trim() : task;
      if (words.trim() === '') throw new UsageError('Say what to do.');
      const request = await toTaskRequest(words, options, terminal);
      if (options.detach) {
        const submitted = await client.tasks.submit(request);
        const fields = [['id', submitted.taskId] as const, ['session', submitted.sessionId] as const];
        terminal.result(submitted, () => terminal.fields(fields));
      } else {
        const ended = await doTurn({ client, request, terminal, showsAll: options.watch ?? false });
        showResult(ended, terminal);
        terminal.note(terminal.noteColors.dim(`To go on: carrel run … --session ${ended.sessionId}${endUserOption(options)}`));
      }
    });
}

const endUserOption = ({ endUser }: TurnOptions) => (endUser === 'me' ? '' : ` --end-user ${endUser}`);
