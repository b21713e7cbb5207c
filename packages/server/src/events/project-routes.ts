import { CarrelError, routes, type Scope } from '@carrel/protocol';
import type { FastifyRequest } from 'fastify';
import type { Authenticator } from '../http/authentication.js';
import type { Router } from '../http/routing.js';
import { KEYS_CHANNEL, SCOPES_OF_EVENTS, type Store } from '../store/index.js';
import { ProjectLog } from './project-log.js';
import { readLog, streamLog, wantsStream } from './stream.js';

/** The log of a whole project, read or followed. */
export function projectEventRoutes(router: Router, store: Store, authenticator: Authenticator): void {
  router.implement(routes.listProjectEvents, async ({ caller, query: { after, limit }, request, reply, signal }) => {
    refuseBlind(caller.scopes);
    const log = new ProjectLog(store, caller.projectId, caller.scopes);
    const query = { after: after === 'now' ? await store.projectEvents.newest(caller.projectId) : after, limit };
    if (after === 'now' && !wantsStream(request)) return { data: [], nextCursor: String(query.after) };
    if (!wantsStream(request)) return await readLog(log, query);
    using followed = whileGood(store, authenticator, request);
    await streamLog(log, { query, request, reply, signal: AbortSignal.any([signal, followed.signal]) });
    return { data: [], nextCursor: null };
  });
}

/** @throws {CarrelError} `insufficient_scope` for who may see no line at all */
function refuseBlind(scopes: readonly Scope[]): void {
  if (SCOPES_OF_EVENTS.some((scope) => scopes.includes(scope))) return;
  const needed = SCOPES_OF_EVENTS;
  throw new CarrelError('insufficient_scope', `This call needs an API key with one of the scopes ${needed.join(', ')}.`, {
    details: { needed, scopes },
  });
}

/** Aborts when whoever made the request may no longer: their key was revoked, or they signed out. */
function whileGood(store: Store, authenticator: Authenticator, request: FastifyRequest): Disposable & { signal: AbortSignal } {
  const over = new AbortController();
  const unlisten = store.listen(KEYS_CHANNEL, () => {
    authenticator.authenticate(request, 'any').catch((error: unknown) => {
      // What else it may be passes, and is no reason to cut anybody off.
      if (error instanceof CarrelError && error.code === 'unauthorized') over.abort(error);
    });
  });
  return { signal: over.signal, [Symbol.dispose]: unlisten };
}
