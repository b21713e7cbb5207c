import type { CallOptions, Request, Transport } from '../http/transport.js';

/** One page of a list. */
export interface Page<Item> {
  data: Item[];
  /** Where the next page begins; null at the end. */
  nextCursor: string | null;
}

/**
 * A list that is read page by page as it is iterated.
 *
 * @example
 * for await (const browser of client.browsers.list({ status: 'running' })) console.log(browser.id);
 * @example
 * const { data, nextCursor } = await client.browsers.list({ limit: 10 }).page();
 */
export class PageList<Item> implements AsyncIterable<Item> {
  readonly #transport: Transport;
  readonly #request: Request;
  readonly #options: CallOptions;

  /** @internal */
  constructor(transport: Transport, request: Request, options: CallOptions) {
    this.#transport = transport;
    this.#request = request;
    this.#options = options;
  }

  /** One page: the first, or the one that begins at a `nextCursor`. */
  page(cursor?: string): Promise<Page<Item>> {
    const query = { ...this.#request.query, ...(cursor !== undefined && { cursor }) };
    return this.#transport.json<Page<Item>>({ ...this.#request, query }, this.#options);
  }

  /** Every entry of every page. */
  async *[Symbol.asyncIterator](): AsyncIterator<Item> {
    let cursor: string | undefined;
    do {
      const page: Page<Item> = await this.page(cursor);
      yield* page.data;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Everything at once, as an array. */
  async all(): Promise<Item[]> {
    const items: Item[] = [];
    for await (const item of this) items.push(item);
    return items;
  }
}
