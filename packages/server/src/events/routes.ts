import { CarrelError, routes } from '@carrel/protocol';
import type { FastifyRequest } from 'fastify';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Router } from '../http/routing.js';
import type { Store } from '../store/index.js';
import { streamEvents } from './stream.js';

/** The log of a browser, read or followed. */
export function eventRoutes(router: Router, registry: BrowserRegistry, store: Store): void {
  router.implement(routes.listEvents, async ({ caller, params, query, request, reply, signal }) => {
    if (!wantsStream(request)) {
      await registry.get(caller, params.id); // 404 unless it is the caller's
      const data = await store.events.list(params.id, query);
      const last = data.length === query.limit ? data.at(-1) : undefined;
      return { data, nextCursor: last === undefined ? null : String(last.id) };
    }
    const after = lastEventId(request) ?? query.after;
    const browser = await registry.here(caller, params.id);
    browser?.engine.touch();
    await streamEvents({ store, browser, browserId: params.id, after, reply, signal });
    return { data: [], nextCursor: null };
  });
}

const wantsStream = (request: FastifyRequest) => (request.headers.accept ?? '').includes('text/event-stream');

/** Where a reconnecting client left off (HTML Standard, section 9.2.4). */
function lastEventId(request: FastifyRequest): number | undefined {
  const header = request.headers['last-event-id'];
  if (header === undefined) return undefined;
  const id = Number(header);
  if (!Number.isSafeInteger(id) || id < 0) throw new CarrelError('invalid_request', 'Last-Event-ID must be the id of an event.');
  return id;
}
