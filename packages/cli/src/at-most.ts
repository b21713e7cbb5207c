import type { PageList } from '@carrel/sdk';

/** The largest page that the server gives. */
const MAX_PAGE_SIZE = 100;

/** The first entries of a list, of which no more are asked for than that takes. */
export async function atMost<Item>(limit: number, listOf: (pageSize: number) => PageList<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of listOf(Math.min(limit, MAX_PAGE_SIZE))) {
    items.push(item);
    if (items.length >= limit) break;
  }
  return items;
}
