import { routes } from '@carrel/protocol';
import type { Router } from '../http/routing.js';
import type { Store, VerifiedKey } from '../store/index.js';
import type { Profiles } from './profiles.js';

/** Profiles, their versions and contents; the master key, and the log of what was done with secrets. */
export function profileRoutes(router: Router, profiles: Profiles, store: Store): void {
  router.implement(routes.createProfile, ({ caller, body }) => profiles.create(caller, body));
  router.implement(routes.listProfiles, ({ caller, query }) => profiles.list(caller, query));
  router.implement(routes.getProfile, ({ caller, params }) => profiles.get(caller, params.id));
  router.implement(routes.updateProfile, ({ caller, params, body }) => profiles.update(caller, params.id, body));
  router.implement(routes.deleteProfile, ({ caller, params }) => profiles.delete(actorOf(caller), params.id));
  router.implement(routes.listProfileVersions, ({ caller, params, query }) => profiles.versions(caller, params.id, query));
  router.implement(routes.restoreProfileVersion, ({ caller, params }) => profiles.restore(caller, params.id, params.version));
  router.implement(routes.getProfileContents, ({ caller, params, query }) => profiles.contents(caller, params.id, query.version));
  router.implement(routes.listAuditEvents, ({ caller, query }) => store.audit.list(caller.projectId, query));
  router.implement(routes.rotateMasterKey, ({ caller }) => store.keyRotation.rotate(actorOf(caller)));
}

const actorOf = ({ projectId, id }: VerifiedKey) => ({ projectId, apiKeyId: id });
