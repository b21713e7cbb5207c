import { type CallOptions, Transport } from '../http/transport.js';
import type { ListTasksQuery, Session, SessionExport, SessionSummary } from '../types.js';
import { PageList } from './page-list.js';

/** Conversations. One begins with a task that names no `sessionId`, and goes on with those that name its. */
export class Sessions {
  readonly #transport: Transport;

  /** @internal */
  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A session with all its turns, in chronological order. */
  get(id: string, options: CallOptions = {}): Promise<Session> {
    return this.#transport.json<Session>({ method: 'GET', path: pathOf(id) }, options);
  }

  /** The sessions, those first whose last turn is the newest. */
  list(query: ListTasksQuery = {}, options: CallOptions = {}): PageList<SessionSummary> {
    return new PageList<SessionSummary>(this.#transport, { method: 'GET', path: '/v1/sessions', query }, options);
  }

  /** All that there is of a session: its turns, what they knew, and their logs. */
  export(id: string, options: CallOptions = {}): Promise<SessionExport> {
    return this.#transport.json<SessionExport>({ method: 'GET', path: pathOf(id, 'export') }, options);
  }

  /** Deletes a session with all its turns, for good; those under way are cancelled first. */
  delete(id: string, options: CallOptions = {}): Promise<void> {
    return this.#transport.none({ method: 'DELETE', path: pathOf(id) }, options);
  }
}

const pathOf = (id: string, ...parts: string[]) => Transport.pathOf('v1', 'sessions', id, ...parts);
