import { routes } from '@carrel/protocol';
import type { Addresses } from '../http/addresses.js';
import type { Router } from '../http/routing.js';
import type { BrowserRecord, Store, VerifiedKey } from '../store/index.js';
import { toResource } from './open-browser.js';
import type { BrowserRegistry } from './registry.js';

/** Open, see, change and close browsers. */
export function browserRoutes(router: Router, registry: BrowserRegistry, store: Store, addresses: () => Addresses): void {
  const withUrls = ({ scopes }: VerifiedKey, record: BrowserRecord, url: string | null = null, humanUrl: string | null = null) => {
    if (record.status !== 'starting' && record.status !== 'running') return toResource(record);
    const { publicUrl, webSocketUrl } = addresses();
    const liveUrl = `${url ?? publicUrl}/browsers/${record.id}`;
    // Whoever has the URL can do everything, which a key that only reads may not.
    if (!scopes.includes('browsers:write')) return toResource(record, { liveUrl });
    const cdpUrl = `${url?.replace(/^http/, 'ws') ?? webSocketUrl}/v1/browsers/${record.id}/cdp?token=${store.cdpToken(record.id)}`;
    const { needsHuman } = record;
    const withHuman = needsHuman !== null && humanUrl !== null ? { needsHuman: { ...needsHuman, liveUrl: humanUrl } } : {};
    return { ...toResource(record, { cdpUrl, liveUrl }), ...withHuman };
  };

  router.implement(routes.openBrowser, async ({ caller, body, signal, timing }) =>
    withUrls(caller, await registry.open(caller, body, { signal, timing })),
  );
  router.implement(routes.listBrowsers, async ({ caller, query }) => {
    const { data, nextCursor } = await registry.list(caller, query);
    return { data: data.map((record) => toResource(record)), nextCursor };
  });
  router.implement(routes.getBrowser, async ({ caller, params }) => {
    const { record, url, humanUrl } = await registry.get(caller, params.id);
    return withUrls(caller, record, url, humanUrl);
  });
  router.implement(routes.updateBrowser, async ({ caller, params, body }) =>
    withUrls(caller, await registry.update(caller, params.id, body)),
  );
  router.implement(routes.checkpoint, ({ caller, params }) => registry.checkpoint(caller, params.id));
  router.implement(routes.closeBrowser, async ({ caller, params, timing }) => {
    const record = await registry.close(caller, params.id);
    timing.mark('close');
    return toResource(record);
  });
}
