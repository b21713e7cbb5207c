import { CarrelApiError } from '@carrel/sdk';
import { MutationCache, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';
import { carrel, isSignedOut } from './carrel.js';

/** Called when the server says that nobody is signed in any more. */
let onSignedOut = () => {};
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}
const onError = (error: unknown) => {
  if (isSignedOut(error)) onSignedOut();
};

/** What the pages know of the server. It is asked anew when an event says that something changed, not every so often. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    // The server may be on this machine, which can be reached without any network.
    mutations: { networkMode: 'always' },
    queries: {
      networkMode: 'always',
      staleTime: 30_000,
      // The SDK has tried again already where that helps.
      retry: false,
      refetchOnWindowFocus: (query) => !(query.state.error instanceof CarrelApiError && query.state.error.status === 404),
    },
  },
});

/** Who is signed in: the project, and what its key may do. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => carrel.dashboard.account({ signal }),
  staleTime: Number.POSITIVE_INFINITY,
});
