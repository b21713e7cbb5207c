import { type Carrel, isCarrelError, type TaskEvent } from '@carrel/sdk';
import type { Live } from '../live.js';
import { Interrupted, printable, type Terminal } from '../terminal.js';

interface Surroundings {
  client: Carrel;
  taskId: string;
  terminal: Terminal;
  live: Live;
  /** Whoever is asked would rather cancel the task. */
  cancel: () => void;
  /** It could not be asked, or not answered. */
  fail: (error: unknown) => void;
}

/** What a task asks people: put to whoever sits at the terminal, while somebody else may answer by the link. */
export class Questions implements Disposable {
  readonly #surroundings: Surroundings;
  /** Ends the question that stands. */
  #standing: AbortController | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Takes a line of the task's log: a question that is asked, or over. */
  learn({ type }: TaskEvent): void {
    if (type === 'human.asked') {
      this.#end();
      this.#standing = new AbortController();
      this.#ask(this.#standing.signal).catch(this.#surroundings.fail);
    } else if (type === 'human.answered' || type === 'task.resumed' || LAST_EVENTS.has(type)) this.#end();
  }

  [Symbol.dispose](): void {
    this.#end();
  }

  #end(): void {
    this.#standing?.abort();
    this.#standing = undefined;
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { client, taskId, terminal, live, cancel } = this.#surroundings;
    const { waitingFor } = await client.tasks.get(taskId);
    if (signal.aborted || waitingFor?.reason !== 'human') return; // Answered meanwhile.
    const { noteColors } = terminal;
    live.note(`${noteColors.yellow('?')} ${printable(waitingFor.question ?? 'It needs a person.')}`);
    if (waitingFor.url !== null) live.note(noteColors.dim(`  or answer at ${waitingFor.url}`));
    if (!terminal.surroundings.stdin.isTTY) {
      live.note(noteColors.dim(`  or by: carrel tasks resume ${taskId} --answer …`));
      return;
    }
    live.hold();
    try {
      const answer = await terminal.ask('  > ', signal);
      if (answer !== undefined && !signal.aborted) await client.tasks.resume(taskId, { answer });
    } catch (error) {
      if (error instanceof Interrupted) cancel();
      else if (!isCarrelError(error, 'conflict')) throw error; // Somebody else was faster.
    } finally {
      live.goOn();
    }
  }
}

const LAST_EVENTS: ReadonlySet<string> = new Set(['task.completed', 'task.failed', 'task.cancelled']);
