import type { StepSummary, TaskEvent } from '@carrel/sdk';
import type { Live } from '../live.js';
import { durationText } from '../size-text.js';
import { printable, type Terminal } from '../terminal.js';

interface Showing {
  terminal: Terminal;
  live: Live;
  showsAll: boolean;
}

const MAX_INPUT_CHARS = 160;

/** What goes on after an event, until the next. */
const DOING: Partial<Record<TaskEvent['type'], string>> = {
  'task.created': 'Waiting for a worker',
  'task.running': 'Opening a browser',
  'browser.opened': 'Looking at the page',
  'task.paused': 'Paused',
  'task.resumed': 'Going on',
};

/** Shows a line of a task's log as people read it: steps, and what went wrong; with `showsAll`, every call of a model and of a tool. */
export function showEvent(event: TaskEvent, { terminal, live, showsAll }: Showing): void {
  const { type, data } = event;
  const colors = terminal.noteColors;
  const doing = DOING[type];
  if (doing !== undefined) live.doing(doing);
  if (type === 'step.started') live.doing(`Step ${String(data.step)}`);
  else if (type === 'step.finished') live.note(stepText(data.summary as StepSummary, terminal));
  else if (type === 'task.retried') live.note(colors.yellow(`Begun anew: ${text(data.reason)}`));
  else if (type === 'model.failed') live.note(colors.yellow(`${text(data.model)} did not answer: ${text(data.message)}`));
  else if (showsAll && type === 'model.called') {
    const tokens = Number(data.inputTokens) > 0 ? `, ${data.inputTokens} + ${data.outputTokens} tokens` : '';
    live.note(colors.dim(`    ${text(data.model)}: ${durationText(Number(data.durationMs))}${tokens}`));
  } else if (showsAll && type === 'tool.called') {
    const input = JSON.stringify(data.input);
    const shown = input.length > MAX_INPUT_CHARS ? `${input.slice(0, MAX_INPUT_CHARS)}…` : input;
    live.note(colors.dim(printable(`    ${text(data.tool)} ${shown}${data.success === false ? ` failed: ${text(data.message)}` : ''}`)));
  }
}

const text = (value: unknown) => printable(String(value));

/** A step in a line: whether it did well, what it did, where it was then, how long it took. */
function stepText({ n, msg, success, url, durationMs }: StepSummary, { noteColors }: Terminal): string {
  const mark = success ? noteColors.green('✓') : noteColors.red('✗');
  const place = url === '' || url === 'about:blank' ? '' : ` ${noteColors.dim(printable(url))}`;
  return `${mark} ${noteColors.dim(String(n).padStart(2))} ${printable(msg)}${place} ${noteColors.dim(durationText(durationMs))}`;
}
