import { queryOptions } from '@tanstack/react-query';
import { carrel } from '../../app/carrel.js';

/** One browser: what the server says of it, and what can be done with it. */
export const browserQuery = (id: string) =>
  queryOptions({
    queryKey: ['browser', id],
    queryFn: ({ signal }) => carrel.browsers.get(id, { signal }),
    // It is an object with methods, which must not be taken apart to be compared.
    structuralSharing: false,
  });
