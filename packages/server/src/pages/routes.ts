import { Readable } from 'node:stream';
import { actionTimeoutMs } from '@carrel/browser';
import { routes } from '@carrel/protocol';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Router } from '../http/routing.js';
import type { Control } from '../live/index.js';

/** See and do things in the pages of a browser. */
export function pageRoutes(router: Router, registry: BrowserRegistry, control: Pick<Control, 'untilFree'>): void {
  router.implement(routes.observe, ({ caller, params, body, signal }) =>
    registry.use(caller, params.id, (pages) => pages.observe(body, signal)),
  );
  router.implement(routes.execute, async ({ caller, params, body, signal }) => {
    const { engine } = await registry.running(caller, params.id);
    await control.untilFree(params.id, actionTimeoutMs(body), signal);
    return await engine.use((pages) => pages.execute(body, signal));
  });
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
export function stateRoutes(router: Router, registry: BrowserRegistry): void {
  router.implement(routes.getCookies, ({ caller, params }) =>
    registry.use(caller, params.id, async (pages) => ({ cookies: await pages.getCookies() })),
  );
  router.implement(routes.setCookies, ({ caller, params, body }) =>
    registry.use(caller, params.id, async (pages) => {
      await pages.setCookies(body.cookies);
      return { cookies: await pages.getCookies() };
    }),
  );
  router.implement(routes.listTabs, ({ caller, params }) =>
    registry.use(caller, params.id, async (pages) => ({ data: pages.tabs(), nextCursor: null })),
  );
  router.implement(routes.openTab, ({ caller, params, body }) => registry.use(caller, params.id, (pages) => pages.openTab(body.url)));
  router.implement(routes.closeTab, ({ caller, params }) => registry.use(caller, params.id, (pages) => pages.closeTab(params.tabId)));
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
