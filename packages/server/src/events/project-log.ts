import type { ProjectEvent, Scope } from '@carrel/protocol';
import { PROJECT_EVENTS_CHANNEL, type Store } from '../store/index.js';
import type { Log } from './stream.js';

const PAGE_SIZE = 500;
/** Should a message be lost, the log is looked at all the same. */
const LOOK_AT_LEAST_EVERY_MS = 15_000;
/** After this, lines that were not settled are looked at again. */
const UNSETTLED_MS = 50;

/** The log of a whole project, as far as somebody may read it: read from the database whenever something is said of it. It is never over. */
export class ProjectLog implements Log<ProjectEvent> {
  readonly isOver = false;
  readonly #store: Pick<Store, 'projectEvents' | 'writes' | 'listen'>;
  readonly #projectId: string;
  readonly #scopes: readonly Scope[];

  constructor(store: Pick<Store, 'projectEvents' | 'writes' | 'listen'>, projectId: string, scopes: readonly Scope[]) {
    this.#store = store;
    this.#projectId = projectId;
    this.#scopes = scopes;
  }

  async read(query: { after: number; limit: number }): Promise<ProjectEvent[]> {
    await this.#store.writes.flush();
    return (await this.#store.projectEvents.list(this.#projectId, this.#scopes, query)).lines;
  }

  async *follow(after: number, signal: AbortSignal): AsyncGenerator<ProjectEvent> {
    let last = after;
    let hasNews = true;
    let wake = () => {};
    const look = () => {
      hasNews = true;
      wake();
    };
    const unlisten = this.#store.listen(PROJECT_EVENTS_CHANNEL, (projectId) => {
      if (projectId === null || projectId === this.#projectId) look();
    });
    const timer = setInterval(look, LOOK_AT_LEAST_EVERY_MS);
    let again: NodeJS.Timeout | undefined;
    signal.addEventListener('abort', look, { once: true });
    try {
      while (!signal.aborted) {
        if (!hasNews) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        hasNews = false;
        const { lines, hasUnsettled } = await this.#store.projectEvents.list(this.#projectId, this.#scopes, {
          after: last,
          limit: PAGE_SIZE,
        });
        yield* lines;
        last = lines.at(-1)?.id ?? last;
        if (lines.length === PAGE_SIZE) hasNews = true;
        else if (hasUnsettled) {
          clearTimeout(again);
          again = setTimeout(look, UNSETTLED_MS);
        }
      }
    } finally {
      unlisten();
      clearInterval(timer);
      clearTimeout(again);
      signal.removeEventListener('abort', look);
    }
  }
}
