import type { BrowserEvent, BrowserEventType } from '@carrel/protocol';
import { and, asc, desc, eq, gt, inArray } from 'drizzle-orm';
import type { Database } from './database.js';
import { browserEvents } from './schema/index.js';
import type { WriteBehind } from './write-behind.js';

/** Of the column; no event has a larger id. */
const MAX_ID = 2 ** 31 - 1;

/** The durable logs of browsers. They are written by {@link WriteBehind.appendEvent}. */
export class Events {
  readonly #database: Database;
  readonly #writes: WriteBehind;

  constructor(database: Database, writes: WriteBehind) {
    this.#database = database;
    this.#writes = writes;
  }

  /** Events with an id larger than `after`, in order, at most `limit`. That the browser is the caller's is the caller's to know. */
  async list(browserId: string, query: { after: number; limit: number }, signal?: AbortSignal): Promise<BrowserEvent[]> {
    await this.#writes.flush(signal);
    const rows = await this.#database.run((queries) =>
      queries
        .select()
        .from(browserEvents)
        .where(and(eq(browserEvents.browserId, browserId), gt(browserEvents.id, Math.min(query.after, MAX_ID))))
        .orderBy(asc(browserEvents.id))
        .limit(query.limit),
    );
    return rows.map(({ id, type, createdAt, data }) => ({
      id,
      type,
      createdAt: createdAt.toISOString(),
      data: data as BrowserEvent['data'],
    }));
  }
  /** What the last event of a type says, of each of the browsers that has one. That they are the caller's is the caller's to know. */
  async last(browserIds: readonly string[], type: BrowserEventType): Promise<Map<string, BrowserEvent['data']>> {
    if (browserIds.length === 0) return new Map();
    await this.#writes.flush();
    const { browserId, id, data } = browserEvents;
    const rows = await this.#database.run((queries) =>
      queries
        .selectDistinctOn([browserId], { browserId, data })
        .from(browserEvents)
        .where(and(inArray(browserId, [...browserIds]), eq(browserEvents.type, type)))
        .orderBy(browserId, desc(id)),
    );
    return new Map(rows.map((row) => [row.browserId, row.data as BrowserEvent['data']]));
  }
}
