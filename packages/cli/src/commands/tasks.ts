import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Task, TaskEvent } from '@carrel/sdk';
import type { Command } from 'commander';
import { idOf, idsOf, wholeNumber } from '../arguments.js';
import { atMost } from '../at-most.js';
import { connect } from '../connection.js';
import { UsageError } from '../exit-codes.js';
import { sizeText } from '../size-text.js';
import { printable, type Terminal } from '../terminal.js';
import { statusText, taskFields } from '../turn/index.js';

export function tasksCommand(program: Command, terminal: Terminal): void {
  const tasks = program.command('tasks').description('tasks: the turns of conversations, by their ids');
  addShow(tasks, terminal);
  addSteer(tasks, terminal);
  addDead(tasks, terminal);
}

/** `show`, `events`, `screenshot`. */
function addShow(tasks: Command, terminal: Terminal): void {
  tasks
    .command('show')
    .description('show one: how it is, what it did, what came of it')
    .argument('<id>', 'id of the task', idOf('task'))
    .option('--context', 'what it knew of the turns before, too')
    .action(async (id: string, { context }: { context?: boolean }, command: Command) => {
      const task = await (await connect(command, terminal)).tasks.get(id, context ? { include: 'context' } : {});
      terminal.result(task, () => readable(task, terminal));
    });
  tasks
    .command('events')
    .description('read the log of one; with --json, one event a line')
    .argument('<id>', 'id of the task', idOf('task'))
    .option('--after <number>', 'only events after this one', wholeNumber('events', 0), 0)
    .option('-f, --follow', 'go on until it has ended')
    .action(async (id: string, { after, follow = false }: { after: number; follow?: boolean }, command: Command) => {
      for await (const event of (await connect(command, terminal)).tasks.events(id, { after, follow })) {
        terminal.print(terminal.isJson ? JSON.stringify(event) : eventLine(event, terminal));
      }
    });
  tasks
    .command('screenshot')
    .description('the picture of a step, of a task that was run with --screenshots')
    .argument('<id>', 'id of the task', idOf('task'))
    .argument('<step>', 'which, from 1', wholeNumber('steps', 1))
    .requiredOption('-o, --output <file>', 'where to write it (JPEG)')
    .action(async (id: string, step: number, { output }: { output: string }, command: Command) => {
      const bytes = await (await connect(command, terminal)).tasks.screenshot(id, step);
      const path = resolve(terminal.surroundings.cwd, output);
      await writeFile(path, bytes);
      terminal.result({ path, sizeBytes: bytes.length }, () => `${path} ${terminal.colors.dim(sizeText(bytes.length))}`);
    });
}

/** `cancel`, `pause`, `resume`. */
function addSteer(tasks: Command, terminal: Terminal): void {
  const show = (task: Task) => terminal.result(task, () => `${task.taskId} ${statusText(terminal, task.status)}`);
  tasks
    .command('cancel')
    .description('cancel tasks, wherever they are; those that have ended stay as they are')
    .argument('<id...>', 'ids of tasks', idsOf('task'))
    .action(async (ids: string[], _options: object, command: Command) => {
      const client = await connect(command, terminal);
      const cancelled = await Promise.all(ids.map((id) => client.tasks.cancel(id)));
      terminal.result(cancelled, () => cancelled.map(({ taskId, status }) => `${taskId} ${statusText(terminal, status)}`).join('\n'));
    });
  tasks
    .command('pause')
    .description('have one pause at the end of its step')
    .argument('<id>', 'id of the task', idOf('task'))
    .action(async (id: string, _options: object, command: Command) => show(await (await connect(command, terminal)).tasks.pause(id)));
  tasks
    .command('resume')
    .description('have a paused one go on; with the answer, when it asks a person')
    .argument('<id>', 'id of the task', idOf('task'))
    .option('--answer <text>', 'the answer; - asks for it, or reads a line of the input')
    .action(async (id: string, { answer }: { answer?: string }, command: Command) => {
      const client = await connect(command, terminal);
      const said = answer === '-' ? await terminal.ask('> ') : answer;
      if (answer === '-' && said === undefined) throw new UsageError('Nothing was typed.');
      show(await client.tasks.resume(id, said === undefined ? {} : { answer: said }));
    });
}

/** `dead`, `requeue`. */
function addDead(tasks: Command, terminal: Terminal): void {
  tasks
    .command('dead')
    .description('list those that failed for want of something that is not their own, such as a browser or a server')
    .option('--limit <count>', 'at most this many', wholeNumber('tasks', 1), 100)
    .action(async ({ limit }: { limit: number }, command: Command) => {
      const client = await connect(command, terminal);
      const list = await atMost(limit, (size) => client.tasks.dead({ limit: size }));
      terminal.result(list, () => {
        if (list.length === 0) return terminal.colors.dim('No dead tasks.');
        const rows = list.map((task) => [
          task.taskId,
          printable(task.endUserId),
          task.finishedAt ?? '',
          task.errorCode ?? '',
          printable(task.error ?? ''),
        ]);
        return terminal.table(['ID', 'END USER', 'FAILED', 'WHY', ''], rows);
      });
    });
  tasks
    .command('requeue')
    .description('begin one of these anew; it knows of the turns before what it knew')
    .argument('<id>', 'id of the task', idOf('task'))
    .action(async (id: string, _options: object, command: Command) => {
      const task = await (await connect(command, terminal)).tasks.requeue(id);
      terminal.result(task, () => `${task.taskId} ${statusText(terminal, task.status)}`);
    });
}

function readable(task: Task, terminal: Terminal): string {
  const parts = [terminal.fields(taskFields(task, terminal))];
  if (task.context) {
    const { previousContext, previousError } = task.context;
    parts.push(`${terminal.colors.dim('It knew of the turn before:')}\n${printable(previousContext ?? 'nothing')}`);
    if (previousError.length > 0) parts.push(`${terminal.colors.dim('and of errors:')}\n${previousError.map(printable).join('\n')}`);
  }
  if (task.stepSummaries.length > 0) {
    const rows = task.stepSummaries.map(({ n, success, msg, url, durationMs }) => [
      String(n),
      success ? terminal.colors.green('✓') : terminal.colors.red('✗'),
      printable(msg),
      printable(url),
      `${durationMs} ms`,
    ]);
    parts.push(terminal.table(['STEP', '', 'WHAT', 'WHERE', 'TOOK'], rows));
  }
  if (task.result !== null) parts.push(printable(typeof task.result === 'string' ? task.result : JSON.stringify(task.result, null, 2)));
  return parts.join('\n\n');
}

function eventLine({ id, type, createdAt, data }: TaskEvent, { colors }: Terminal): string {
  const facts = Object.keys(data).length > 0 ? ` ${printable(JSON.stringify(data))}` : '';
  return `${colors.dim(`${String(id).padStart(4)} ${createdAt}`)} ${colors.cyan(type)}${facts}`;
}
