import { CarrelError, routes } from '@carrel/protocol';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Router } from '../http/routing.js';
import type { VerifiedKey } from '../store/index.js';
import { type LiveLinks, toLiveLink } from './links.js';

/** Make, list and revoke live links. */
export function liveRoutes(router: Router, registry: BrowserRegistry, links: LiveLinks): void {
  router.implement(routes.createLiveLink, async ({ caller, params, body }) => {
    if (body.scope === 'control') refuseReader(caller, 'A link by which a browser is taken over');
    const { link, url } = links.create(await registry.watched(caller, params.id), body, caller.id);
    return toLiveLink(link, url);
  });
  router.implement(routes.listLiveLinks, async ({ caller, params }) => {
    const browser = await registry.watched(caller, params.id);
    return { data: links.list(browser).map((link) => toLiveLink(link)), nextCursor: null };
  });
  router.implement(routes.revokeLiveLink, async ({ caller, params }) => {
    const browser = await registry.watched(caller, params.id);
    const isOwn = links.list(browser).some(({ id, madeBy }) => id === params.linkId && madeBy === caller.id);
    if (!isOwn) refuseReader(caller, 'To revoke a link that it has not made itself');
    links.revoke(browser, params.linkId);
  });
}

function refuseReader({ scopes }: VerifiedKey, what: string): void {
  const needed = 'browsers:write';
  if (scopes.includes(needed)) return;
  throw new CarrelError('insufficient_scope', `${what} an API key needs the scope ${needed}.`, { details: { needed, scopes } });
}
