import type { Page as ListPage } from '@carrel/sdk';
import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from './button.js';
import { ErrorNote, Loading } from './states.js';

interface ListingProps<Item> {
  queryKey: QueryKey;
  /** Reads one page: the first, or the one that begins at a cursor. */
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage<Item>>;
  /** What to say when there is nothing. */
  empty: ReactNode;
  children: (items: Item[]) => ReactNode;
}

/** A list of the server's: on its way, broken, empty, or there, with more to read where there is more. */
export function Listing<Item>({ queryKey, read, empty, children }: ListingProps<Item>) {
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });
  if (list.isPending) return <Loading />;
  if (list.isError) return <ErrorNote error={list.error} onRetry={() => void list.refetch()} />;
  const items = list.data.pages.flatMap((page) => page.data);
  if (items.length === 0) return empty;
  return (
    <>
      {children(items)}
      {list.hasNextPage && (
        <div>
          <Button isBusy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}
