import { CarrelError, idSchema } from '@carrel/protocol';
import { z } from 'zod';
import type { Addresses } from '../../http/addresses.js';
import type { Profiles } from '../../profiles/index.js';
import type { Store } from '../../store/index.js';
import { describeProfile } from '../profiles/routes.js';
import { fromNotteCookie, notteCookie, toNotteCookie } from '../wire/cookies.js';
import { NotSupported } from '../wire/errors.js';
import { numberedPage, pageQuery } from '../wire/lists.js';
import type { NotteRouter } from '../wire/routing.js';
import type { LiveSession } from './live-session.js';
import type { NotteSessions } from './sessions.js';
import { startRequest } from './start-request.js';

export interface SessionRouteParts {
  readonly sessions: NotteSessions;
  readonly store: Store;
  readonly profiles: Profiles;
  readonly addresses: () => Addresses;
  /** Told before a session that runs is stopped. */
  readonly beforeStop: (session: LiveSession) => Promise<void>;
}

const tabQuery = z.object({ tab_idx: z.coerce.number().int().default(0) });
const saveRequest = z.object({ profile_id: z.string().nullish(), name: z.string().nullish() });
const browserIds = idSchema('browser');
const OWN_PROFILE = 'start it with profile={"id": …, "persist": True}';
const MAX_EVENTS = 1_000;

/** Start, see and stop sessions. */
export function sessionRoutes(router: NotteRouter, parts: SessionRouteParts): void {
  const { sessions, beforeStop } = parts;
  router.implement({ method: 'POST', path: '/sessions/start', scope: 'browsers:write', body: startRequest }, ({ caller, body, signal }) =>
    sessions.start(caller, body, signal),
  );
  router.implement({ method: 'GET', path: '/sessions', scope: 'browsers:read', query: pageQuery }, ({ caller, query }) => {
    // Clients that do not say want those that run.
    const status = query.only_active === false ? undefined : ('running' as const);
    return numberedPage(query, (page) => sessions.list(caller, { ...page, status }));
  });
  router.implement({ method: 'GET', path: '/sessions/:id', scope: 'browsers:read' }, ({ caller, params }) =>
    sessions.get(caller, params.id ?? ''),
  );
  router.implement({ method: 'DELETE', path: '/sessions/:id/stop', scope: 'browsers:write' }, async ({ caller, params }) => {
    const { id = '' } = params;
    const session = await sessions.live(caller, id).catch(unlessOver);
    if (session !== undefined) await beforeStop(session);
    return await sessions.stop(caller, id);
  });
  router.implement({ method: 'GET', path: '/sessions/:id/auth', scope: 'browsers:read' }, async ({ caller, params }) => {
    const { session_id, status } = await sessions.get(caller, params.id ?? '');
    return { session_id, status: status === 'active' ? 'active' : 'closed', operations: [], error: null };
  });
  // How far it has come, so that an agent that goes on knows where it began.
  router.implement({ method: 'GET', path: '/sessions/:id/offset', scope: 'browsers:read' }, async ({ caller, params }) => {
    const { session_id } = await sessions.get(caller, params.id ?? '');
    return { offset: await countActions(parts.store, session_id) };
  });
}

/** What a session has: cookies, its profile, and where it can be watched. */
export function sessionStateRoutes(router: NotteRouter, { sessions, store, profiles, addresses }: SessionRouteParts): void {
  router.implement({ method: 'GET', path: '/sessions/:id/cookies', scope: 'browsers:read' }, async ({ caller, params }) => {
    const { browser } = await sessions.open(caller, params.id ?? '', 'Reading cookies');
    return { cookies: (await browser.engine.use((pages) => pages.readCookies())).map(toNotteCookie) };
  });
  router.implement(
    { method: 'POST', path: '/sessions/:id/cookies', scope: 'browsers:write', body: z.object({ cookies: z.array(notteCookie).max(1000) }) },
    async ({ caller, params, body }) => {
      const { browser } = await sessions.open(caller, params.id ?? '', 'Setting cookies');
      await browser.engine.use((pages) => pages.setCookies(body.cookies.map(fromNotteCookie)));
      return { success: true, message: `${body.cookies.length} cookies were set.` };
    },
  );
  router.implement({ method: 'GET', path: '/sessions/:id/profile-preview', scope: 'browsers:read' }, async ({ caller, params }) => {
    const { browser } = await sessions.open(caller, params.id ?? '', 'Reading cookies');
    const { profile } = browser.record;
    const cookies = await browser.engine.use((pages) => pages.getCookies());
    return {
      profile: profile === null ? null : { id: profile.id, persist: profile.persist },
      cookie_domains: [...new Set(cookies.map(({ domain }) => domain.replace(/^\./, '')))].sort(),
    };
  });
  router.implement(
    { method: 'POST', path: '/sessions/:id/profile/save', scope: 'browsers:write', body: saveRequest },
    async ({ caller, params, body }) => {
      const { browser } = await sessions.open(caller, params.id ?? '', 'Saving a profile');
      // With one, Notte makes a new profile of that name.
      if (body.name) throw new NotSupported(`A session is not saved to a new profile: ${OWN_PROFILE}, and leave name out.`);
      const { profile } = browser.record;
      if (profile?.persist !== true || (body.profile_id && body.profile_id !== profile.id)) {
        throw new CarrelError('conflict', `A session is saved to the profile that it was started with: ${OWN_PROFILE}.`);
      }
      await browser.checkpoint();
      return await describeProfile(profiles, caller, await profiles.get(caller, profile.id));
    },
  );

  const debugUrls = (session: LiveSession) => {
    const { id } = session.browser;
    const socket = (name: string) => `${addresses().webSocketUrl}/notte/sessions/${id}/debug/${name}?token=${store.cdpToken(id)}`;
    const cdp = `${addresses().webSocketUrl}/v1/browsers/${id}/cdp?token=${store.cdpToken(id)}`;
    return { viewer: sessions.viewerUrl(session), cdp, recording: socket('recording'), logs: socket('logs') };
  };
  const tabsOf = async (session: LiveSession) => {
    const { viewer, cdp } = debugUrls(session);
    const tabs = await session.browser.engine.use(async (pages) => pages.tabs());
    return tabs.map(({ title, url }, index) => ({ metadata: { tab_id: index, title, url }, debug_url: viewer, ws_url: cdp }));
  };
  // Whoever has these URLs can do everything, which a key that only reads may not.
  router.implement({ method: 'GET', path: '/sessions/:id/debug', scope: 'browsers:write' }, async ({ caller, params }) => {
    const session = await sessions.open(caller, params.id ?? '', 'CDP');
    const { viewer, cdp, recording, logs } = debugUrls(session);
    return { debug_url: viewer, ws: { cdp, recording, logs }, tabs: await tabsOf(session) };
  });
  router.implement(
    { method: 'GET', path: '/sessions/:id/debug/tab', scope: 'browsers:write', query: tabQuery },
    async ({ caller, params, query }) => {
      const tab = (await tabsOf(await sessions.open(caller, params.id ?? '', 'CDP'))).at(query.tab_idx);
      if (tab === undefined) throw new CarrelError('not_found', `There is no tab ${query.tab_idx} in this session.`);
      return tab;
    },
  );
}

/** How many actions the log of a browser has. */
async function countActions(store: Pick<Store, 'events'>, id: string): Promise<number> {
  if (!browserIds.safeParse(id).success) return 0;
  let count = 0;
  for (let after = 0; ; ) {
    const events = await store.events.list(id, { after, limit: MAX_EVENTS });
    count += events.filter(({ type }) => type === 'action.executed').length;
    if (events.length < MAX_EVENTS) return count;
    after = events.at(-1)?.id ?? after;
  }
}

/** Of one that has ended nothing need be kept. */
function unlessOver(error: unknown): undefined {
  if (error instanceof CarrelError && (error.code === 'browser_not_running' || error.code === 'insufficient_scope')) return undefined;
  throw error;
}
