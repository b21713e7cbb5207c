import { routes } from '@carrel/protocol';
import type { BrowserRegistry } from '../browsers/registry.js';
import type { Router } from '../http/routing.js';
import type { Store } from '../store/index.js';
import { BrowserLog } from './browser-log.js';
import { readLog, streamLog, wantsStream } from './stream.js';
import { TaskEventLog } from './task-log.js';

const NOTHING_MORE = { data: [], nextCursor: null };

/** The logs of browsers and tasks, read or followed. */
export function eventRoutes(router: Router, registry: BrowserRegistry, store: Store): void {
  router.implement(routes.listEvents, async ({ caller, params, query, request, reply, signal }) => {
    if (!wantsStream(request)) {
      await registry.get(caller, params.id); // 404 unless it is the caller's
      return await readLog({ read: (page) => store.events.list(params.id, page) }, query);
    }
    const browser = await registry.here(caller, params.id);
    browser?.engine.touch();
    using log = new BrowserLog(store, params.id, browser);
    await streamLog(log, { query, request, reply, signal });
    return NOTHING_MORE;
  });
  router.implement(routes.listTaskEvents, async ({ caller, params, query, request, reply, signal }) => {
    const log = await TaskEventLog.open(store, { projectId: caller.projectId, taskId: params.id });
    if (!wantsStream(request)) return await readLog(log, query);
    await streamLog(log, { query, request, reply, signal });
    return NOTHING_MORE;
  });
}
