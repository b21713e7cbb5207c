import { routes } from '@carrel/protocol';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Router } from '../http/routing.js';
import { type LiveLinks, toLiveLink } from './links.js';

/** Make, list and revoke live links. */
export function liveRoutes(router: Router, registry: BrowserRegistry, links: LiveLinks): void {
  router.implement(routes.createLiveLink, async ({ caller, params, body }) => {
    const { link, url } = links.create(await registry.watched(caller, params.id), body);
    return toLiveLink(link, url);
  });
  router.implement(routes.listLiveLinks, async ({ caller, params }) => {
    const browser = await registry.watched(caller, params.id);
    return { data: links.list(browser).map((link) => toLiveLink(link)), nextCursor: null };
  });
  router.implement(routes.revokeLiveLink, async ({ caller, params }) =>
    links.revoke(await registry.watched(caller, params.id), params.linkId),
  );
}
