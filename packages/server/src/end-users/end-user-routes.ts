import { type Credentials, type EndUserExport, type Profile, routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Profiles } from '../profiles/index.js';
import { exportOf } from '../sessions/index.js';
import type { Actor, VerifiedKey } from '../store/index.js';
import { type EndUserRemoval, removeEndUser } from './removal.js';

const PAGE_SIZE = 100;

export interface EndUserRoutesOptions extends EndUserRemoval {
  /** What there is of an end user's credentials: never a value. */
  readonly credentialsOf: (whose: { projectId: string; endUserId: string }) => Promise<Credentials>;
}

/** The caller's own customers: listed, exported and deleted. */
export function endUserRoutes(router: Router, options: EndUserRoutesOptions): void {
  const { store, profiles, credentialsOf } = options;
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
    return { endUser, credentials: await credentialsOf(name), profiles: await allProfiles(profiles, name), sessions };
  });
  router.implement(routes.deleteEndUser, ({ caller, params }) => removeEndUser(options, toActor(caller), params.id));
}

const toActor = ({ projectId, id }: VerifiedKey): Actor => ({ projectId, apiKeyId: id });

/** All profiles of an end user. */
export async function allProfiles(
  profiles: Profiles,
  { projectId, endUserId }: { projectId: string; endUserId: string },
): Promise<Profile[]> {
  const all: Profile[] = [];
  let cursor: string | undefined;
  do {
    const page = await profiles.list({ projectId }, { limit: PAGE_SIZE, cursor, endUserId });
    all.push(...page.data);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return all;
}
