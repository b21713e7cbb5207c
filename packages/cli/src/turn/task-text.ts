import type { Task, TaskStatus } from '@carrel/sdk';
import { EXIT } from '../exit-codes.js';
import { countText, durationText } from '../size-text.js';
import { printable, type Terminal } from '../terminal.js';

/** A status, coloured by how well it bodes. */
export function statusText({ colors }: Terminal, status: TaskStatus): string {
  if (status === 'completed') return colors.green(status);
  if (status === 'failed') return colors.red(status);
  return status === 'cancelled' ? colors.dim(status) : colors.yellow(status);
}

/** The result as text, or as JSON where that was asked for. */
const resultText = ({ result }: Task) => (typeof result === 'string' ? result : JSON.stringify(result, null, 2));

/** Shows how a task ended: its result to stdout, all else to stderr. A task that has not completed is a failure of the command. */
export function showResult(task: Task, terminal: Terminal): void {
  const { noteColors } = terminal;
  if (task.status !== 'completed') terminal.exitCode = EXIT.failed;
  if (terminal.isJson) terminal.print(JSON.stringify(task, null, 2));
  else if (task.status === 'completed') terminal.print(printable(resultText(task)));
  else {
    const why = task.error === undefined ? '' : `: ${printable(task.error)}${task.errorCode === undefined ? '' : ` (${task.errorCode})`}`;
    terminal.note(`${noteColors.red('✗')} The task ${task.status === 'failed' ? 'failed' : `was ${task.status}`}${why}`);
  }
  terminal.note(noteColors.dim(summaryText(task)));
}

function summaryText({ totalSteps, durationMs, model, usage, costUsd, stopReason }: Task): string {
  const tokens = usage.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
  return [
    countText(totalSteps, 'step'),
    durationText(durationMs),
    ...(usage.length === 0 ? [model] : usage.map((one) => one.model)),
    ...(tokens === 0 ? [] : [countText(tokens, 'token')]),
    ...(costUsd === null || costUsd === 0 ? [] : [`$${costUsd.toFixed(4)}`]),
    ...(stopReason === 'max_steps' ? ['out of steps: answered from what it knew'] : []),
  ].join(', ');
}

/** A task by itself, one fact a line. */
export function taskFields(task: Task, terminal: Terminal): [string, string][] {
  const optional: [string, string | null | undefined][] = [
    ['start url', task.startUrl],
    ['stop reason', task.stopReason],
    ['error', task.error === undefined ? undefined : `${task.error}${task.errorCode === undefined ? '' : ` (${task.errorCode})`}`],
    ['asks', task.waitingFor?.question],
    ['answer at', task.waitingFor?.url],
    ['visited', task.visitedUrls.join(' ')],
    ['browser', task.browserId],
    ['began', task.startedAt],
    ['ended', task.finishedAt],
  ];
  return [
    ['id', task.taskId],
    ['session', task.sessionId],
    ['end user', printable(task.endUserId)],
    ['task', printable(task.task)],
    ['status', statusText(terminal, task.status)],
    ...optional.flatMap(([name, value]): [string, string][] => (value ? [[name, printable(value)]] : [])),
    ['work', summaryText(task)],
    ['created', task.createdAt],
    ...Object.entries(task.metadata).map(([name, value]): [string, string] => [printable(name), printable(value)]),
  ];
}
