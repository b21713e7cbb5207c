import { CarrelError, type TaskEvent } from '@carrel/protocol';
import { type Store, TASKS_CHANNEL } from '../store/index.js';
import type { Log } from './stream.js';

const PAGE_SIZE = 500;
/** Should a message be lost, the log is looked at all the same. */
const LOOK_AT_LEAST_EVERY_MS = 15_000;

type OfTask = { readonly projectId: string; readonly taskId: string };

/** The log of a task, whatever server runs it: read from the database, where it is written, whenever something is said of it. */
export class TaskEventLog implements Log<TaskEvent> {
  readonly isOver: boolean;
  readonly #store: Pick<Store, 'taskLog' | 'listen'>;
  readonly #of: OfTask;

  private constructor(store: Pick<Store, 'taskLog' | 'listen'>, of: OfTask, isOver: boolean) {
    this.#store = store;
    this.#of = of;
    this.isOver = isOver;
  }

  /** @throws {CarrelError} `not_found` */
  static async open(store: Pick<Store, 'taskLog' | 'listen'>, of: OfTask): Promise<TaskEventLog> {
    const head = await store.taskLog.head(of.projectId, of.taskId);
    if (head === null) throw new CarrelError('not_found', `There is no task ${of.taskId}.`);
    return new TaskEventLog(store, of, head.isOver);
  }

  async read(query: { after: number; limit: number }): Promise<TaskEvent[]> {
    return await this.#store.taskLog.list(this.#of.taskId, query);
  }

  async *follow(after: number, signal: AbortSignal): AsyncGenerator<TaskEvent> {
    const { projectId, taskId } = this.#of;
    let last = after;
    let hasNews = false;
    let wake = () => {};
    const look = () => {
      hasNews = true;
      wake();
    };
    const unlisten = this.#store.listen(TASKS_CHANNEL, (text) => {
      if (text === null || text === taskId) look();
    });
    const timer = setInterval(look, LOOK_AT_LEAST_EVERY_MS);
    signal.addEventListener('abort', look, { once: true });
    try {
      while (!signal.aborted) {
        hasNews = false;
        // Before the events: what comes between is read, and what is the last is known to be.
        const head = await this.#store.taskLog.head(projectId, taskId);
        for (let page = await this.read({ after: last, limit: PAGE_SIZE }); page.length > 0; ) {
          yield* page;
          last = page.at(-1)?.id ?? last;
          page = page.length < PAGE_SIZE ? [] : await this.read({ after: last, limit: PAGE_SIZE });
        }
        if (head === null || (head.isOver && last >= head.lastEventId)) return; // null: it was deleted
        if (hasNews) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      unlisten();
      clearInterval(timer);
      signal.removeEventListener('abort', look);
    }
  }
}
