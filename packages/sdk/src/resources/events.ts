import type { CallOptions, Transport } from '../http/transport.js';
import type { ProjectEvent } from '../types.js';
import { type EventLog, type EventsOptions, eventsOf } from './event-log.js';
import type { Page } from './page-list.js';

const PATH = '/v1/events';

/**
 * What happens in the whole project, as far as the key may see it: a line for each event of its browsers and tasks, and for each change of
 * its recordings, profiles, end users, webhooks and keys, whoever made it.
 */
export class Events {
  readonly #log: EventLog<ProjectEvent>;

  /** @internal */
  constructor(transport: Transport) {
    const goesOn = () => false;
    this.#log = { transport, path: PATH, subject: 'the project', isLast: goesOn, hasEnded: async () => false };
  }

  /** The last line there is: what is asked for later is as of then, or newer, and `follow({after})` tells of what is newer. */
  async last(options: CallOptions = {}): Promise<number> {
    const request = { method: 'GET' as const, path: PATH, query: { after: 'now' } };
    const { nextCursor } = await this.#log.transport.json<Page<ProjectEvent>>(request, options);
    return Number(nextCursor);
  }

  /** The lines of the last week that come after that one, or all, oldest first. */
  list(options: Pick<EventsOptions, 'after' | 'signal'> = {}): AsyncGenerator<ProjectEvent, void> {
    return eventsOf(this.#log, options);
  }

  /**
   * What happens from now on, or after that line, until the signal aborts or the loop is left. A connection that breaks is made again, and
   * none is missed.
   *
   * @example
   * for await (const { type, browserId } of client.events.follow()) console.log(type, browserId);
   */
  async *follow(options: Omit<EventsOptions, 'follow'> = {}): AsyncGenerator<ProjectEvent, void> {
    const after = options.after ?? (await this.last(options.signal === undefined ? {} : { signal: options.signal }));
    yield* eventsOf(this.#log, { ...options, after, follow: true });
  }
}
