import { type EndUserExport, routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import { exportOf } from '../sessions/index.js';
import type { Actor, VerifiedKey } from '../store/index.js';
import { allProfiles } from './all-profiles.js';
import type { EndUserCredentials } from './credentials.js';
import type { Logins } from './login.js';
import { type EndUserRemoval, removeEndUser } from './removal.js';

export interface EndUserRoutesOptions extends EndUserRemoval {
  readonly credentials: EndUserCredentials;
  readonly logins: Logins;
}

/** The caller's own customers: listed, exported and deleted. */
export function endUserRoutes(router: Router, options: EndUserRoutesOptions): void {
  const { store, profiles, credentials, logins } = options;
  const nameOf = ({ projectId }: VerifiedKey, endUserId: string) => ({ projectId, endUserId });

  router.implement(routes.listEndUsers, ({ caller, query }) => store.endUserRecords.list(caller.projectId, query));
  router.implement(routes.getEndUser, ({ caller, params }) => store.endUserRecords.get(nameOf(caller, params.id)));
  router.implement(routes.exportEndUser, async ({ caller, params }) => {
    const name = nameOf(caller, params.id);
    const endUser = await store.endUserRecords.get(name);
    await store.audit.record(toActor(caller), { action: 'end_user.exported', subject: params.id, details: {} });
    const sessions: EndUserExport['sessions'] = [];
    for (const id of await store.sessions.idsOf(name.projectId, name.endUserId)) {
      sessions.push(exportOf(await store.sessions.withLogs(name.projectId, id)));
    }
    return { endUser, credentials: await credentials.describe(name), profiles: await allProfiles(profiles, name), sessions };
  });
  router.implement(routes.loginEndUser, ({ caller, params, body, signal }) => logins.start(caller, params.id, body, signal));
  router.implement(routes.deleteEndUser, ({ caller, params }) => removeEndUser(options, toActor(caller), params.id));
}

const toActor = ({ projectId, id }: VerifiedKey): Actor => ({ projectId, apiKeyId: id });
