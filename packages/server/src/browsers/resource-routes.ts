import { setTimeout as delay } from 'node:timers/promises';
import { type BrowserResources, CarrelError, routes } from '@carrel/protocol';
import { streamValues, wantsStream } from '../events/stream.js';
import type { Router } from '../http/routing.js';
import type { OpenBrowser } from './open-browser.js';
import type { BrowserRegistry } from './registry.js';

const PERIOD_MS = 2_000;

/** What browsers use of this machine. It is measured only for whoever asks, and keeps none of them awake or open. */
export function resourceRoutes(router: Router, registry: BrowserRegistry): void {
  router.implement(routes.getResources, async ({ caller, params, request, reply, signal }) => {
    // That of a turn may be looked at, too: how much it uses gives nothing of it away.
    const browser = await registry.watched(caller, params.id);
    const first = await measure(browser);
    if (wantsStream(request)) await streamValues('resources', measurements(browser, first, signal), reply);
    return first;
  });
}

async function measure({ engine }: OpenBrowser): Promise<BrowserResources> {
  return { measuredAt: new Date().toISOString(), ...(await engine.measure()), network: engine.network.totals };
}

/** The first, and the next ones until the browser ends or the signal aborts. */
async function* measurements(browser: OpenBrowser, first: BrowserResources, signal: AbortSignal): AsyncGenerator<BrowserResources> {
  const ending = new AbortController();
  void browser.engine.ending.then(() => ending.abort());
  const either = AbortSignal.any([signal, ending.signal]);
  yield first;
  try {
    for (;;) {
      await delay(PERIOD_MS, undefined, { signal: either });
      yield await measure(browser);
    }
  } catch (error) {
    // It ended meanwhile, or nobody listens any more.
    if (!either.aborted && !(error instanceof CarrelError)) throw error;
  }
}
