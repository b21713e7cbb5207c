import type { Carrel, SubmitTaskRequest, Task, TaskEvent } from '@carrel/sdk';
import { onFirstSignal } from '../signals.js';
import type { Terminal } from '../terminal.js';
import { Questions } from './questions.js';
import { showEvent } from './show-event.js';

interface TurnToDo {
  client: Carrel;
  request: SubmitTaskRequest;
  terminal: Terminal;
  /** Show each call of the model and of a tool too, not only the steps. */
  showsAll: boolean;
}

/**
 * Submits a task, shows what happens until it has ended, and asks whoever sits at the terminal what the task asks. Ctrl-C cancels it; a second
 * one ends this program at once.
 */
export async function doTurn({ client, request, terminal, showsAll }: TurnToDo): Promise<Task> {
  const giveUp = new AbortController();
  let taskId: string | undefined;
  let isInterrupted = false;
  const cancel = () => {
    isInterrupted = true;
    if (taskId === undefined) return; // Once there is an id.
    live.note(terminal.noteColors.dim('Cancelling the task'));
    client.tasks.cancel(taskId).catch((error: unknown) => giveUp.abort(error));
  };
  using live = terminal.live('Submitting the task');
  const letGoOfSignals = onFirstSignal(cancel);
  try {
    ({ taskId } = await client.tasks.submit(request));
    if (isInterrupted) cancel();
    using questions = new Questions({ client, taskId, terminal, live, cancel, fail: (error) => giveUp.abort(error) });
    let held: TaskEvent | undefined;
    const onEvent = (event: TaskEvent) => {
      // That a model did not answer is shown once there is more to come: what fails the task is told with how it ended.
      if (held !== undefined && event.type !== 'task.failed') showEvent(held, { terminal, live, showsAll });
      held = event.type === 'model.failed' ? event : undefined;
      if (held === undefined) showEvent(event, { terminal, live, showsAll });
      else live.doing('A model did not answer');
      questions.learn(event);
    };
    return await client.tasks.wait(taskId, { onEvent, signal: giveUp.signal });
  } finally {
    letGoOfSignals();
  }
}
