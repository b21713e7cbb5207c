import { z } from 'zod';
import type { Page } from '../../store/index.js';
import { flag } from './routing.js';

/** The most that one page of a list of ours has. */
const MAX_PAGE = 100;
/** Lists are read from their beginning, as their pages have numbers: what is further down is not worth that. */
const MAX_ENTRIES = 10_000;

/** The query of Notte's lists. */
export const pageQuery = z.object({
  page: z.coerce.number().int().min(1).max(MAX_ENTRIES).default(1),
  page_size: z.coerce.number().int().min(1).max(MAX_PAGE).default(10),
  only_active: flag,
});
export type NottePageQuery = z.output<typeof pageQuery>;

/** The answer of Notte's lists. */
export interface NottePage<T> {
  readonly items: T[];
  readonly page: number;
  readonly page_size: number;
  readonly has_next: boolean;
  readonly has_previous: boolean;
}

/** A page by its number out of a list that goes by cursors. */
export async function numberedPage<T>(
  { page, page_size }: Pick<NottePageQuery, 'page' | 'page_size'>,
  read: (query: { limit: number; cursor?: string | undefined }) => Promise<Page<T>>,
): Promise<NottePage<T>> {
  const from = (page - 1) * page_size;
  const items: T[] = [];
  let seen = 0;
  let cursor: string | undefined;
  while (from < MAX_ENTRIES) {
    const { data, nextCursor } = await read({ limit: MAX_PAGE, cursor });
    // One more than asked for tells whether there is a next page.
    items.push(...data.slice(Math.max(0, from - seen), Math.max(0, from + page_size + 1 - seen)));
    seen += data.length;
    if (items.length > page_size || nextCursor === null) break;
    cursor = nextCursor;
  }
  return { items: items.slice(0, page_size), page, page_size, has_next: items.length > page_size, has_previous: page > 1 };
}
