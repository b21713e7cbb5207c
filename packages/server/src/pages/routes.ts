import { Readable } from 'node:stream';
import { actionTimeoutMs, type Pages } from '@carrel/browser';
import { routes } from '@carrel/protocol';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Router } from '../http/routing.js';
import type { Control } from '../live/index.js';
import type { VerifiedKey } from '../store/index.js';

/** How long a call waits for the person who holds the browser, when it says nothing of that itself. */
const FREE_WITHIN_MS = 15_000;

type Waits = Pick<Control, 'untilFree'>;

/** Does something that whoever holds the browser would feel: not before they have given it back. */
async function useWhenFree<T>(
  { registry, control }: { registry: BrowserRegistry; control: Waits },
  { caller, params, signal }: { caller: VerifiedKey; params: { id: string }; signal: AbortSignal },
  work: (pages: Pages) => Promise<T>,
  withinMs = FREE_WITHIN_MS,
): Promise<T> {
  const { engine } = await registry.running(caller, params.id);
  await control.untilFree(params.id, withinMs, signal);
  return await engine.use(work);
}

/** See and do things in the pages of a browser. */
export function pageRoutes(router: Router, registry: BrowserRegistry, control: Waits): void {
  router.implement(routes.observe, ({ caller, params, body, signal }) =>
    registry.use(caller, params.id, (pages) => pages.observe(body, signal)),
  );
  router.implement(routes.execute, ({ body, ...call }) =>
    useWhenFree({ registry, control }, call, (pages) => pages.execute(body, call.signal), actionTimeoutMs(body)),
  );
  router.implement(routes.scrape, ({ caller, params, body, signal }) =>
    registry.use(caller, params.id, (pages) => pages.scrape(body, signal)),
  );
  router.implement(routes.screenshot, async ({ caller, params, body, signal }) => {
    const { bytes, mimeType } = await registry.use(caller, params.id, (pages) => pages.screenshot(body, signal));
    return { body: bytes, contentType: mimeType };
  });
  router.implement(routes.pdf, async ({ caller, params, body, signal }) => ({
    body: await registry.use(caller, params.id, (pages) => pages.pdf(body, signal)),
    contentType: 'application/pdf',
  }));
}

/** Cookies, tabs and files of a browser. */
export function stateRoutes(router: Router, registry: BrowserRegistry, control: Waits): void {
  router.implement(routes.getCookies, ({ caller, params }) =>
    registry.use(caller, params.id, async (pages) => ({ cookies: await pages.getCookies() })),
  );
  router.implement(routes.setCookies, ({ body, ...call }) =>
    useWhenFree({ registry, control }, call, async (pages) => {
      await pages.setCookies(body.cookies);
      return { cookies: await pages.getCookies() };
    }),
  );
  router.implement(routes.listTabs, ({ caller, params }) =>
    registry.use(caller, params.id, async (pages) => ({ data: pages.tabs(), nextCursor: null })),
  );
  router.implement(routes.openTab, ({ body, ...call }) => useWhenFree({ registry, control }, call, (pages) => pages.openTab(body.url)));
  router.implement(routes.closeTab, (call) => useWhenFree({ registry, control }, call, (pages) => pages.closeTab(call.params.tabId)));
  router.implement(routes.listFiles, ({ caller, params }) =>
    registry.use(caller, params.id, async (pages) => ({ data: await pages.files.list(), nextCursor: null })),
  );
  router.implement(routes.putFile, ({ caller, params, request }) =>
    // A body of no bytes has no stream.
    registry.use(caller, params.id, (pages) => pages.files.put(params.name, (request.body as Readable | undefined) ?? Readable.from([]))),
  );
  router.implement(routes.getFile, async ({ caller, params }) => {
    const { file, stream } = await registry.use(caller, params.id, (pages) => pages.files.open(params.name));
    // Never the file's own type: what a page put there shall not be shown as a page of this server.
    return { body: stream, contentType: 'application/octet-stream', fileName: file.name };
  });
  router.implement(routes.deleteFile, ({ caller, params }) => registry.use(caller, params.id, (pages) => pages.files.delete(params.name)));
}

/** What a browser asked the network for. */
export function networkRoutes(router: Router, registry: BrowserRegistry): void {
  router.implement(routes.getNetwork, async ({ caller, params, query }) => {
    const { engine } = await registry.running(caller, params.id);
    return engine.use(async () => {
      const { exit, totals } = engine.network;
      const data = engine.network.entries({ after: Number(query.cursor ?? 0), limit: query.limit });
      const last = data.length === query.limit ? data.at(-1) : undefined;
      return { data, nextCursor: last === undefined ? null : String(last.id), exit, totals };
    });
  });
}
