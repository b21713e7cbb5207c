import { CarrelError } from '@carrel/protocol';
import { z } from 'zod';
import type { LiveSession } from '../sessions/live-session.js';
import type { NotteSessions } from '../sessions/sessions.js';
import { startRequest } from '../sessions/start-request.js';
import { NotSupported } from '../wire/errors.js';
import type { NotteRouter } from '../wire/routing.js';
import { notteAction, scrapeOptions } from './actions.js';
import { execute } from './execute.js';
import type { ExecuteParts } from './native.js';
import { observeBody, toObservation } from './observation.js';
import { scrapeBody } from './scrape.js';

export interface PageParts extends ExecuteParts {
  readonly sessions: NotteSessions;
}

const scrapeOnce = startRequest.extend({ url: z.string().min(1).max(65_536), ...scrapeOptions });
const fileAction = z.object({ action: notteAction, target_id: z.string().max(64).nullish() });
const JPEG_QUALITY = 70;

/** See and do things in a session. */
export function nottePageRoutes(router: NotteRouter, { sessions, ...parts }: PageParts): void {
  router.implement(
    { method: 'POST', path: '/sessions/:id/page/observe', scope: 'browsers:read', body: observeBody },
    async ({ caller, params, body, signal }) => {
      const session = await sessions.live(caller, params.id ?? '');
      const startedAt = new Date();
      const observed = toObservation(await session.page.observe({ screenshot: true, markdown: false }, signal), body, startedAt);
      session.seen = observed.seen;
      session.tell('observation', observed.body);
      return observed.body;
    },
  );
  router.implement(
    { method: 'POST', path: '/sessions/:id/page/execute', scope: 'browsers:write', body: notteAction },
    async ({ caller, params, body, signal }) => {
      const session = await sessions.live(caller, params.id ?? '');
      return await execute(body, { ...parts, session, projectId: caller.projectId, signal });
    },
  );
  // The same for files, in a tab that is named.
  router.implement(
    { method: 'POST', path: '/sessions/:id/page/execute/file', scope: 'browsers:write', body: fileAction },
    async ({ caller, params, body, signal }) => {
      const session = await sessions.live(caller, params.id ?? '');
      const { action, target_id: tabId } = body;
      if (action.type !== 'upload_file' && action.type !== 'download_file') {
        throw new NotSupported(`This call takes upload_file and download_file, not ${action.type}: use page/execute.`);
      }
      if (tabId) await assertTab(session, tabId);
      return await execute(action, { ...parts, session, projectId: caller.projectId, signal, tabId: tabId || undefined });
    },
  );
  router.implement(
    { method: 'POST', path: '/sessions/:id/page/scrape', scope: 'browsers:read', body: scrapeBody },
    async ({ caller, params, body, signal }) => {
      const session = await sessions.live(caller, params.id ?? '');
      return await parts.scraper.scrape(session, body, { projectId: caller.projectId, signal });
    },
  );
  // A page in one call: in a session of its own, which ends with it.
  router.implement({ method: 'POST', path: '/scrape', scope: 'browsers:write', body: scrapeOnce }, async ({ caller, body, signal }) => {
    const { session_id: id } = await sessions.start(caller, body, signal);
    try {
      const session = await sessions.live(caller, id);
      const call = { ...parts, session, projectId: caller.projectId, signal };
      const { success, message } = await execute({ type: 'goto', url: body.url }, call);
      if (!success) throw new CarrelError('invalid_request', `${body.url} could not be opened: ${message}`);
      return await parts.scraper.scrape(session, body, call);
    } finally {
      await sessions.stop(caller, id).catch(unlessOver);
    }
  });
  // The picture as it is shown, as an observation has it.
  for (const method of ['GET', 'POST'] as const) {
    router.implement({ method, path: '/sessions/:id/page/screenshot', scope: 'browsers:read' }, async ({ caller, params, signal }) => {
      const session = await sessions.open(caller, params.id ?? '', 'A screenshot by itself');
      const { bytes } = await session.browser.engine.use((pages) =>
        pages.screenshot({ format: 'jpeg', quality: JPEG_QUALITY, fullPage: false, timeoutMs: 15_000 }, signal),
      );
      return { raw: bytes.toString('base64'), bboxes: [], last_action_id: null };
    });
  }
}

/** @throws {CarrelError} `not_found` */
async function assertTab({ browser }: LiveSession, tabId: string): Promise<void> {
  const tabs = await browser.engine.use(async (pages) => pages.tabs());
  if (!tabs.some(({ id }) => id === tabId)) throw new CarrelError('not_found', `There is no tab ${JSON.stringify(tabId)} in this session.`);
}

/** It has ended by itself meanwhile, for a time limit or a crash: what came of the call says enough. */
function unlessOver(error: unknown): undefined {
  if (error instanceof CarrelError && (error.code === 'conflict' || error.code === 'not_found')) return undefined;
  throw error;
}
