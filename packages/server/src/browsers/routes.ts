import { routes } from '@carrel/protocol';
import type { Addresses } from '../http/addresses.js';
import type { Router } from '../http/routing.js';
import type { BrowserRecord, Store, VerifiedKey } from '../store/index.js';
import { toResource } from './open-browser.js';
import type { BrowserRegistry } from './registry.js';

/** Open, see, change and close browsers. */
export function browserRoutes(router: Router, registry: BrowserRegistry, store: Store, addresses: () => Addresses): void {
  const withCdpUrl = ({ scopes }: VerifiedKey, record: BrowserRecord, url: string | null = null) => {
    // Whoever has the URL can do everything, which a key that only reads may not.
    const isUsable = scopes.includes('browsers:write') && (record.status === 'starting' || record.status === 'running');
    const cdpUrl = `${url?.replace(/^http/, 'ws') ?? addresses().webSocketUrl}/v1/browsers/${record.id}/cdp?token=${store.cdpToken(record.id)}`;
    return toResource(record, isUsable ? cdpUrl : undefined);
  };

  router.implement(routes.openBrowser, async ({ caller, body, signal, timing }) =>
    withCdpUrl(caller, await registry.open(caller, body, { signal, timing })),
  );
  router.implement(routes.listBrowsers, async ({ caller, query }) => {
    const { data, nextCursor } = await registry.list(caller, query);
    return { data: data.map((record) => toResource(record)), nextCursor };
  });
  router.implement(routes.getBrowser, async ({ caller, params }) => {
    const { record, url } = await registry.get(caller, params.id);
    return withCdpUrl(caller, record, url);
  });
  router.implement(routes.updateBrowser, async ({ caller, params, body }) =>
    withCdpUrl(caller, await registry.update(caller, params.id, body)),
  );
  router.implement(routes.checkpoint, ({ caller, params }) => registry.checkpoint(caller, params.id));
  router.implement(routes.closeBrowser, async ({ caller, params }) => toResource(await registry.close(caller, params.id)));
}
