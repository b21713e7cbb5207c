import type { Session } from '@carrel/sdk';
import type { Command } from 'commander';
import { idOf, wholeNumber } from '../arguments.js';
import { atMost } from '../at-most.js';
import { connect } from '../connection.js';
import { confirmed, writeJson } from '../giving-away.js';
import { countText } from '../size-text.js';
import { printable, type Terminal } from '../terminal.js';
import { statusText } from '../turn/index.js';

const MAX_TASK_CHARS = 60;

export function sessionsCommand(program: Command, terminal: Terminal): void {
  const sessions = program.command('sessions').description('conversations: list them (ls), read one, take it out, delete it');
  addList(sessions, terminal);
  sessions
    .command('show')
    .description('read a conversation: what was asked, and what came of it')
    .argument('<id>', 'id of the session', idOf('session'))
    .action(async (id: string, _options: object, command: Command) => {
      const session = await (await connect(command, terminal)).sessions.get(id);
      terminal.result(session, () => readable(session, terminal));
    });
  sessions
    .command('export')
    .description('all that there is of it as JSON: turns, what they knew, and their logs')
    .argument('<id>', 'id of the session', idOf('session'))
    .option('-o, --output <file>', 'where to (default: the standard output)')
    .action(async (id: string, { output }: { output?: string }, command: Command) => {
      await writeJson(await (await connect(command, terminal)).sessions.export(id), output, terminal);
    });
  sessions
    .command('rm')
    .description('delete one with all its turns, for good; asks first on a terminal')
    .argument('<id>', 'id of the session', idOf('session'))
    .option('--yes', 'do not ask')
    .action(async (id: string, { yes }: { yes?: boolean }, command: Command) => {
      const client = await connect(command, terminal);
      if (!(await confirmed(`Delete ${id} with all its turns, for good?`, yes, terminal))) return;
      await client.sessions.delete(id);
      terminal.result({ deleted: id }, () => `Deleted ${id}`);
    });
}

function addList(sessions: Command, terminal: Terminal): void {
  sessions
    .command('ls', { isDefault: true })
    .description('list them, the last used first')
    .option('--end-user <id>', 'only those of this customer of yours')
    .option('--limit <count>', 'at most this many', wholeNumber('sessions', 1), 20)
    .action(async ({ endUser, limit }: { endUser?: string; limit: number }, command: Command) => {
      const client = await connect(command, terminal);
      const query = endUser === undefined ? {} : { endUserId: endUser };
      const list = await atMost(limit, (size) => client.sessions.list({ ...query, limit: size }));
      terminal.result(list, () => {
        if (list.length === 0) return terminal.colors.dim('No conversations.');
        const rows = list.map((one) => [
          one.sessionId,
          printable(one.endUserId),
          String(one.turnCount),
          statusText(terminal, one.latestStatus),
          one.latestCreatedAt,
          shortened(one.firstTask),
        ]);
        return terminal.table(['ID', 'END USER', 'TURNS', 'LAST', 'LAST TURN', 'BEGAN WITH'], rows);
      });
    });
}

/** The first line, cut. */
function shortened(text: string): string {
  const [line = ''] = text.split('\n');
  return printable(line.length > MAX_TASK_CHARS || line !== text ? `${line.slice(0, MAX_TASK_CHARS)}…` : line);
}

function readable({ sessionId, endUserId, tasks }: Session, terminal: Terminal): string {
  const { colors } = terminal;
  const turns = tasks.map((task) => {
    const result = task.error ?? (typeof task.result === 'string' ? task.result : JSON.stringify(task.result, null, 2));
    const head = `${colors.cyan('›')} ${colors.bold(printable(task.task))}`;
    const facts = `${statusText(terminal, task.status)} ${colors.dim(`${task.taskId} ${task.createdAt} ${countText(task.totalSteps, 'step')}`)}`;
    return [head, facts, ...(result === null || result === 'null' ? [] : [printable(result)])].join('\n');
  });
  return [`${colors.dim(`${sessionId} of ${printable(endUserId)}, ${countText(tasks.length, 'turn')}`)}`, ...turns].join('\n\n');
}
